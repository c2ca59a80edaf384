// Packets with a long header out of a datagram (RFC 8999 §5.1, RFC 9000 §12.2 and §17.2, RFC 9369 §3.2):
// where each ends and where its parts stand, before any protection is removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "decode/byte_reader.h"
#include "decode/quic_versions.h"

namespace vedette {

enum class QuicPacketType : std::uint8_t { kInitial, kZeroRtt, kHandshake, kRetry, kVersionNegotiation };

struct QuicPacket {
  QuicPacketType type = QuicPacketType::kInitial;
  QuicVersion version;
  std::span<const std::uint8_t> destination, source;  // connection IDs
  std::span<const std::uint8_t> token;                // of an Initial or a Retry
  std::span<const std::uint8_t> versions;             // of a version negotiation: four bytes each
  std::span<const std::uint8_t> bytes;  // all of it; fewer than `size` where the datagram ends before
  std::size_t size = 0;
  std::size_t number_at = 0;  // where in `bytes` the packet number stands; protected, as all behind it

  [[nodiscard]] bool whole() const { return bytes.size() == size; }
};

// Takes the packet that `datagram` begins with off it; nothing where none stands there that has a long header
// of the invariant layout.
[[nodiscard]] std::optional<QuicPacket> take_quic_packet(std::span<const std::uint8_t>& datagram);

// RFC 9000 §16.
std::uint64_t read_varint(ByteReader& reader);

}  // namespace vedette
