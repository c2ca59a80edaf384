// Made floods for the detector's tests.
#pragma once

#include "detect/floods.h"
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {

inline constexpr std::uint32_t kVictim = 0xc6336402;  // 198.51.100.2
inline constexpr std::uint8_t kSyn = VDT_TCP_SYN, kAck = VDT_TCP_ACK, kRst = VDT_TCP_RST;

// Any number of others, each its own host.
constexpr std::uint32_t other(std::uint32_t number) {
  return 0x0b000000 + number * 2654435761U % 0x00ffffff;
}

// A client's port.
constexpr std::uint16_t port(std::uint32_t number) {
  return static_cast<std::uint16_t>(1024 + number % 60'000);
}

class FloodsTest : public WatchedTraffic {
 protected:
  Nanoseconds at(std::uint32_t number, std::uint32_t a_second) const {
    return std::chrono::seconds(1000) + Nanoseconds(std::chrono::seconds(1)) * number / a_second;
  }
  const Finding* found(std::string_view detector) const {
    const auto finding = std::ranges::find(over_, detector, &Finding::detector);
    return finding == over_.end() ? nullptr : &*finding;
  }
  void syn(std::uint32_t from, std::uint16_t from_port, std::uint16_t to_port, Nanoseconds time,
           std::uint32_t to = kVictim) {
    send({from, to}, VDT_IP_TCP, tcp(from_port, to_port, kSyn), time);
  }
  void syn_ack(std::uint32_t to, std::uint16_t to_port, std::uint16_t from_port, Nanoseconds time) {
    send({kVictim, to}, VDT_IP_TCP, tcp(from_port, to_port, kSyn | kAck), time);
  }
};

}  // namespace vedette::tests
