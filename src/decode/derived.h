// Bytes that a decoder took out of its own protocol's messages because another one lies inside them:
// unmasked, put in order, without what stood between them. They are decoded as a connection's own are, by the
// same decoders, in the same call: whatever lies within is known by the outer bytes alone, so that the outer
// decoder stays a pure function of them and needs no more memory than a few times their size. It gives them
// all again when more came.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/decoder.h"

namespace vedette {

struct DerivedBytes {
  std::array<std::vector<std::uint8_t>, 2> bytes;  // by direction, as the outer ones
  std::array<std::vector<Arrival>, 2> arrivals;
  std::array<bool, 2> ended{};  // nothing more will come: the outer direction has ended, or what is behind
                                // these bytes can't be taken out

  // One piece more of a stream; `time` is when it came, not before that of the piece before.
  void add(std::size_t side, std::span<const std::uint8_t> more, Nanoseconds time);
  // One datagram more, `cut` short or not.
  void add_datagram(std::size_t side, std::span<const std::uint8_t> more, Nanoseconds time, bool cut);
};

inline constexpr std::uint8_t kMostDepth = 4;  // messages around messages: deeper ones aren't looked into
// What is told of one inner conversation, as all of it is decoded again whenever outer bytes come.
inline constexpr std::size_t kMostDerived = 16;
inline constexpr std::size_t kMostAsked = 64;  // how often its decoders are asked

// Gives `derived` piece by piece, as it came, to every decoder of `protocol` (6 TCP for a stream, 17 UDP for
// datagrams), and to whom they hand it on: the first that claims it is it, whatever follows. `outer` is what
// the caller was asked about.
//
// kNotMine: nobody knows it, whatever comes. kUndecided, kMine: more bytes may tell more, from `need` of the
// derived ones on. kDone: all is told. `stand` is given with each of them but kNotMine; what stands behind
// those is told only where both directions have ended, as a decoder's own is.
[[nodiscard]] Answer decode_derived(const DerivedBytes& derived, const Heads& outer, std::uint8_t protocol,
                                    Handshakes& handshakes);

}  // namespace vedette
