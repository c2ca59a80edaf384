// The datagrams of both directions of a flow, one by one in the order in which they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "decode/decoder.h"

namespace vedette {

struct FlowDatagram {
  std::size_t side = 0;
  std::span<const std::uint8_t> bytes;
  bool cut = false;  // its end was not captured
  Nanoseconds time{};
};

// At most `most` of them: what a handshake needs, where that isn't a flow's whole head.
[[nodiscard]] inline std::vector<FlowDatagram> datagrams_of(const Heads& heads, std::size_t most = SIZE_MAX) {
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

// Of a protocol whose messages are each told by itself: the first datagram decides whether a flow is its own.
// `tell` gives false for a datagram that is none of its messages.
template <typename Tell>
[[nodiscard]] Answer decode_each_datagram(const Heads& heads, Handshakes& handshakes, Tell&& tell) {
  for (const FlowDatagram& datagram : datagrams_of(heads)) {
    Handshake handshake;
    handshake.time = datagram.time;
    if (tell(datagram, handshake))
      handshakes.push_back(std::move(handshake));
    else if (handshakes.empty())
      return {.verdict = Verdict::kNotMine};
  }
  if (!handshakes.empty())
    return {.verdict = Verdict::kDone,
            .used = {heads.bytes[0].size(), heads.bytes[1].size()},
            .next = Next::kSame};
  const bool ended = heads.ended[0] && heads.ended[1];
  return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = {1, 1}};
}

}  // namespace vedette
