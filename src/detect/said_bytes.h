// Whether a side of a TCP connection has said anything, by its packets and bytes alone: what a sensor knows
// of packets that it hasn't looked at.
#pragma once

#include <cstdint>

#include "flow/flow.h"

namespace vedette {

// Acknowledgements of most hosts: Ethernet, IP, TCP and its timestamps.
inline constexpr std::uint64_t kAcknowledgement4 = 14 + 20 + 32;
inline constexpr std::uint64_t kAcknowledgement6 = 14 + 40 + 32;
// And what a SYN may have more.
inline constexpr std::uint64_t kMoreOfSyn = 20;

// Bytes that so many packets without payload have, on the wire.
[[nodiscard]] inline std::uint64_t bare_bytes(const Flow& flow, std::uint64_t packets) {
  return packets * (flow.key.ip_version == 6 ? kAcknowledgement6 : kAcknowledgement4);
}

[[nodiscard]] inline bool said_nothing(const Flow& flow, const FlowCounts& counts) {
  return counts.bytes <= bare_bytes(flow, counts.packets) + kMoreOfSyn;
}

}  // namespace vedette
