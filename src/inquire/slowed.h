// Where between two spans of the history it became slow, or lossy (analyse/bottleneck.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analyse/bottleneck.h"
#include "store/store.h"

namespace vedette {

enum class Slowness : std::uint8_t {
  kHandshake,    // TCP handshakes' round trip, of flows whose handshake was seen
  kRoundTrip,    // smoothed round trip at a flow's end, as the kernel's own sockets know it
  kRetransmits,  // segments sent again, a packet
  kDrops,        // packets dropped by the sensor's rules, a packet
};

// "handshake", "round_trip", "retransmits", "drops".
[[nodiscard]] std::optional<Slowness> slowness_named(std::string_view name);

struct BottlenecksRequest {
  Slowness measure = Slowness::kHandshake;
  // Of flows: a dimension; or "src_network", "dst_network": addresses by their /24 or /48.
  std::string by = "interface";
  Nanoseconds begin{};        // of the later span, since the epoch
  Nanoseconds end{};          // does not belong to it
  Nanoseconds ago{};          // the earlier span, which is as long, lies so much before; at least as long
  std::size_t most = 10;      // parts that are listed
  double false_alarm = 0.01;  // that any part is called worse where none is
};

// Unusable where the request is, its place as of ask().
[[nodiscard]] Result<Bottleneck> slowed(Store& store, const BottlenecksRequest& request);

}  // namespace vedette
