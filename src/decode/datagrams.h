// The datagrams of both directions of a flow, one by one in the order in which they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/decoder.h"

namespace vedette {

struct FlowDatagram {
  std::size_t side = 0;
  std::span<const std::uint8_t> bytes;
  bool cut = false;  // its end was not captured
  Nanoseconds time{};
};

// At most `most` of them: what a handshake needs, not a flow's whole head.
[[nodiscard]] inline std::vector<FlowDatagram> datagrams_of(const Heads& heads, std::size_t most) {
  std::vector<FlowDatagram> all;
  std::array<std::size_t, 2> next{}, at{};
  while (all.size() < most) {
    const auto left = [&](std::size_t side) { return next[side] < heads.arrivals[side].size(); };
    if (!left(0) && !left(1)) break;
    const std::size_t side =
        !left(0) || (left(1) && heads.arrivals[1][next[1]].time < heads.arrivals[0][next[0]].time) ? 1 : 0;
    const Arrival& arrival = heads.arrivals[side][next[side]++];
    all.push_back({.side = side,
                   .bytes = heads.bytes[side].subspan(at[side], arrival.end - at[side]),
                   .cut = arrival.cut,
                   .time = arrival.time});
    at[side] = arrival.end;
  }
  return all;
}

}  // namespace vedette
