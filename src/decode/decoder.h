// The interface of every decoder: a pure function from a flow's first bytes, as far as they are known, to a
// verdict. It keeps nothing between calls, does no I/O, and holds no more memory than a few times its input,
// which its caller bounds. It is asked again when more bytes came; `need` keeps that from happening too
// often.
//
// A protocol that hands its connection on (STARTTLS, CONNECT, an upgrade), or that says something again and
// again (DNS), ends what it tells with how many bytes it used and who is to be asked about the rest. One that
// carries another inside its messages takes that one's bytes out of them and has them decoded
// (decode/derived.h): what lies within is told as if it were its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/units.h"
#include "decode/handshake.h"

namespace vedette {

// A packet that brought bytes: of a datagram protocol one datagram, of a stream what became known without a
// gap at one time.
struct Arrival {
  std::uint32_t end = 0;  // behind its last byte, in the direction's bytes
  bool cut = false;       // a datagram whose end the capture cut off
  Nanoseconds time{};     // since the epoch
};

// A flow's first bytes, by direction: 0 is its initiator's, 1 its responder's. The initiator is a guess where
// a capture begins in a flow's middle, so a decoder tells client and server by what they say.
struct Heads {
  std::array<std::span<const std::uint8_t>, 2> bytes;
  std::array<std::span<const Arrival>, 2> arrivals;  // in the order of their bytes, and cover them all
  std::array<bool, 2> ended{};                       // nothing more will come: make do with what there is
  std::array<std::uint16_t, 2> ports{};              // that each direction sends from
  Nanoseconds now{};                                 // of the flow's latest packet
  std::uint8_t depth = 0;                            // messages of other protocols around these bytes
};

enum class Verdict : std::uint8_t {
  kUndecided,  // may still be this protocol
  kNotMine,    // is not: don't ask again
  kMine,       // is, and more bytes may tell more
  kDone,       // is, and all that will be told of the bytes used stands in the handshakes
};

// Who is to be asked, after kDone, about the bytes behind those used and about all that follow.
enum class Next : std::uint8_t {
  kNobody,  // the flow has said all
  kSame,    // this decoder again; with datagrams, any
  kAny,     // every decoder: the protocol hands its connection on
  kNamed,   // of a stream: the one that the answer names, as nothing in what follows tells it
};

// Bytes; by half of the space of sequence numbers, which is twice that, old ones are told from new ones.
inline constexpr std::size_t kMostUsed = std::size_t{1} << 30;

struct Answer;

// Appends to `handshakes`, at least one, with kDone, and with kMine where both directions have ended; where
// both have ended there is no other verdict than kDone, kMine and kNotMine. One that is asked because an
// answer named it may say kDone and tell nothing.
using Decode = Answer (*)(const Heads& heads, Handshakes& handshakes);

struct Answer {
  Verdict verdict = Verdict::kUndecided;
  // Asking again is of use when a direction has so many bytes, whichever comes first; 0 = no use in this one.
  std::array<std::size_t, 2> need{};
  // With kDone and another `next` than kNobody: bytes that nobody needs any more, at least one; of datagrams,
  // whole ones. Of a stream they may be more than are known, up to kMostUsed: those to come are passed over.
  std::array<std::size_t, 2> used{};
  Next next = Next::kNobody;
  Decode named = nullptr;  // with kNamed
  // With kMine: so many of the handshakes, the first ones, stand. They may be told at once: with more bytes
  // the same come first again.
  std::size_t stand = 0;
};

struct Decoder {
  std::string_view name;  // the app that it tells, where it is one alone
  std::uint8_t protocol;  // IANA number of the transport below: 6 TCP, 17 UDP
  Decode decode;
  std::uint16_t port = 0;  // of one end, without which it claims nothing; 0 = any
};

}  // namespace vedette
