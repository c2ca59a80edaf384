// The interface of every decoder: a pure function from a flow's first bytes, as far as they are known, to a
// verdict. It keeps nothing between calls, does no I/O, and holds no more memory than a few times its input,
// which its caller bounds. It is asked again when more bytes came; `need` keeps that from happening too
// often.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "decode/handshake.h"

namespace vedette {

// A flow's first bytes, by direction: 0 is its initiator's, 1 its responder's. The initiator is a guess where
// a capture begins in a flow's middle, so a decoder tells client and server by what they say.
struct Heads {
  std::array<std::span<const std::uint8_t>, 2> bytes;
  std::array<bool, 2> ended{};  // nothing more will come: make do with what there is
};

enum class Verdict : std::uint8_t {
  kUndecided,  // may still be this protocol
  kNotMine,    // is not: don't ask again
  kMine,       // is, and more bytes may tell more
  kDone,       // is, and all that will be told stands in the facts
};

struct Answer {
  Verdict verdict = Verdict::kUndecided;
  // Asking again is of use when a direction has so many bytes, whichever comes first; 0 = no use in this one.
  std::array<std::size_t, 2> need{};
};

// `handshake` is filled with kDone, and with kMine where both directions have ended.
using Decode = Answer (*)(const Heads& heads, Handshake& handshake);

struct Decoder {
  std::string_view name;
  std::uint8_t protocol;  // IANA number of the transport below
  Decode decode;
};

}  // namespace vedette
