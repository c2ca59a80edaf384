// The gateway beside a sensor that `vedette up` runs: a process of its own, started before the sensor gives
// its rights up, and ended with it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

struct GatewayWanted {
  std::vector<std::string> listen;  // empty: where it does by itself
  std::filesystem::path state = "/var/lib/vedette-gateway";
  std::filesystem::path web;     // empty: where the package has it
  std::filesystem::path socket;  // the sensor's
  std::string user;              // by name or number; empty: we aren't root, and it is ours
  std::string log_form = "text";
};

// Whom it should run as where root starts it: who owns its state folder; else the user "vedette-gateway";
// else a number that nobody has. Empty where it isn't root that does.
[[nodiscard]] std::string user_for_gateway(const std::filesystem::path& state);

// One thread.
class GatewayProcess {
 public:
  // The program beside our own, or where packages put it. Failed where it isn't there.
  [[nodiscard]] static Result<GatewayProcess> start(const GatewayWanted& wanted);

  GatewayProcess(GatewayProcess&& other) noexcept;
  GatewayProcess& operator=(GatewayProcess&&) = delete;
  // Ends it, and waits for that.
  ~GatewayProcess();

  // Where it can be reached, and what else it says once it is up, waiting some seconds for that; empty where
  // it isn't: why stands in the log.
  [[nodiscard]] std::string said();

 private:
  GatewayProcess(pid_t pid, FileDescriptor input, FileDescriptor output)
      : pid_(pid), input_(std::move(input)), output_(std::move(output)) {}

  pid_t pid_;
  // It ends when this does: by then we may have no right to send another user's process a signal.
  FileDescriptor input_;
  FileDescriptor output_;
};

}  // namespace vedette
