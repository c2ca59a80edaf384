// A connection to the sensor's Unix socket. Every wait on it ends: by what is waited for, at a deadline, by a
// signal (cli/interruption.h), or when it is called off.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// When a wait ends although nothing has come.
struct WaitLimits {
  std::optional<std::chrono::steady_clock::time_point> deadline;  // nothing = never
  int called_off = -1;  // a descriptor that becomes readable then; -1 = never
};

// One thread.
class ApiSocket {
 public:
  // Failed where nobody takes the connection: who should is told by the error.
  [[nodiscard]] static Result<ApiSocket> connect(const std::string& path, const WaitLimits& limits);

  // As recv(2) and send(2) after a wait: -1 with errno, which is ETIMEDOUT at the deadline and ECANCELED
  // where a signal came or the wait was called off.
  [[nodiscard]] ssize_t receive(void* to, std::size_t size) const;
  [[nodiscard]] ssize_t send(const void* from, std::size_t size) const;

 private:
  ApiSocket(FileDescriptor socket, const WaitLimits& limits) : socket_(std::move(socket)), limits_(limits) {}

  // False with errno where the wait ended without `events` (poll(2)).
  [[nodiscard]] bool wait(short events) const;

  FileDescriptor socket_;
  WaitLimits limits_;
};

}  // namespace vedette
