// Versions of QUIC by their numbers: what they are called, how their packets are laid out, what their Initial
// packets are protected with. RFC 9000 §15, RFC 9369 §3; IANA's registry "QUIC Versions" and the list of
// github.com/quicwg/base-drafts/wiki/QUIC-Versions; Google's of the proto-quic project, Meta's of mvfst
// (QuicConstants.h), Picoquic's of its own (quicctx.c).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

// What the keys of Initial packets are derived from (RFC 9001 §5.2, RFC 9369 §3.3).
struct QuicKeying {
  std::array<std::uint8_t, 20> salt;
  std::string_view labels;  // what stands before "key", "iv" and "hp" in the labels
};

enum class QuicLayout : std::uint8_t {
  kInvariant,     // RFC 8999 §5.1, and behind that RFC 9000 §17.2; of a version that isn't known too
  kNibbles,       // Q044 to Q048: one byte for the lengths of both connection IDs; first messages in clear
  kPublicHeader,  // up to Q043: Google's first header; first messages in clear
};

struct QuicVersion {
  std::uint32_t number = 0;
  bool known = false;
  QuicLayout layout = QuicLayout::kInvariant;
  bool google_messages = false;   // CHLO, REJ, SHLO in the place of TLS
  bool google_frames = false;     // frames are numbered as Google did
  bool rotated_types = false;     // long packet types are numbered as in RFC 9369 §3.2
  bool fixed_parameters = false;  // transport parameters have numbers of two bytes (to draft 26), not varints
  // What may have been used, the likeliest first; null = nothing is protected, or nobody knows how.
  std::array<const QuicKeying*, 2> keyings{};
};

// Of any number: of one that isn't known what is most likely.
[[nodiscard]] QuicVersion quic_version(std::uint32_t number);

// "v1", "v2", "draft-29", "Q046", "T051", "mvfst-27", "picoquic-1"; any other number as "0x1234abcd".
[[nodiscard]] std::string quic_version_name(std::uint32_t number);

// RFC 9000 §15: numbers that provoke version negotiation and are never spoken.
[[nodiscard]] constexpr bool is_reserved_quic_version(std::uint32_t number) {
  return (number & 0x0f0f0f0f) == 0x0a0a0a0a;
}

}  // namespace vedette
