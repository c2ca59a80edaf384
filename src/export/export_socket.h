// A connection to a collector, by UDP or TCP: each message goes as a whole, or is known not to have gone, and
// nothing is waited for longer than a few seconds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

enum class Transport : std::uint8_t { kUdp, kTcp };

// One thread, but for the flag that it looks at.
class ExportSocket {
 public:
  // Resolves the name and connects, for at most `patience` unless `stopping` becomes true. Failed where that
  // doesn't succeed.
  [[nodiscard]] static Result<ExportSocket> connect(Transport transport, const std::string& host,
                                                    std::uint16_t port, std::chrono::milliseconds patience,
                                                    const std::atomic<bool>& stopping);

  enum class Sent : std::uint8_t {
    kSent,
    kTooLong,  // for the path to the peer: most_bytes() has become less
    kRefused,  // as nobody listened to the message before, which is lost
    kFailed,   // why() says how; the connection is of no use any more
  };
  [[nodiscard]] Sent send(std::span<const std::uint8_t> message);

  // Nobody listened to a datagram that was sent; says so once.
  [[nodiscard]] bool refused();
  // The same, after waiting for that.
  [[nodiscard]] bool refused_within(std::chrono::milliseconds time);

  // Of a message: what the path takes in one packet by UDP, 16 KiB by TCP.
  [[nodiscard]] std::size_t most_bytes() const { return most_; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  ExportSocket(Transport transport, FileDescriptor socket, int family, const std::atomic<bool>& stopping);

  void look_at_path();
  [[nodiscard]] bool wait_for(short events, std::chrono::milliseconds patience) const;
  [[nodiscard]] Sent send_datagram(std::span<const std::uint8_t> message);
  [[nodiscard]] Sent send_stream(std::span<const std::uint8_t> message);
  [[nodiscard]] Sent fail(int error);

  Transport transport_;
  FileDescriptor socket_;
  int family_;
  const std::atomic<bool>* stopping_;
  std::size_t most_ = 0;
  std::string why_;
};

}  // namespace vedette
