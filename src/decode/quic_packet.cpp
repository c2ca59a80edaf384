#include "decode/quic_packet.h"

#include <algorithm>
#include <array>

namespace vedette {

namespace {

constexpr std::uint8_t kLongHeader = 0x80;
constexpr std::uint8_t kFixedBit = 0x40;
constexpr std::size_t kLongestId = 20;     // RFC 9000 §17.2
constexpr std::size_t kIntegrityTag = 16;  // of a Retry, RFC 9001 §5.8
// A packet number's first byte and what header protection samples four bytes behind it (RFC 9001 §5.4.2).
constexpr std::size_t kShortestProtected = 4 + 16;

using enum QuicPacketType;
constexpr std::array kTypes = {kInitial, kZeroRtt, kHandshake, kRetry};
constexpr std::array kRotatedTypes = {kRetry, kInitial, kZeroRtt, kHandshake};

std::optional<QuicPacket> take_versions(QuicPacket packet, std::span<const std::uint8_t>& datagram,
                                        const ByteReader& rest) {
  packet.type = kVersionNegotiation;
  packet.versions = datagram.last(rest.left());
  if (packet.versions.empty() || packet.versions.size() % 4 != 0) return {};
  packet.bytes = datagram;
  packet.size = datagram.size();
  datagram = {};
  return packet;
}

std::optional<QuicPacket> take_retry(QuicPacket packet, std::span<const std::uint8_t>& datagram,
                                     const ByteReader& rest) {
  if (rest.left() <= kIntegrityTag) return {};
  packet.token = datagram.last(rest.left()).first(rest.left() - kIntegrityTag);
  packet.bytes = datagram;
  packet.size = datagram.size();
  datagram = {};
  return packet;
}

}  // namespace

std::uint64_t read_varint(ByteReader& reader) {
  std::uint64_t value = reader.u8();
  const unsigned more = (1U << (value >> 6)) - 1;
  value &= 0x3f;
  for (unsigned i = 0; i < more; i++) value = value << 8 | reader.u8();
  return value;
}

std::optional<QuicPacket> take_quic_packet(std::span<const std::uint8_t>& datagram) {
  ByteReader reader(datagram);
  const std::uint8_t first = reader.u8();
  if (!(first & kLongHeader)) return {};
  QuicPacket packet;
  packet.version = quic_version(reader.u32());
  packet.destination = reader.vector8();
  packet.source = reader.vector8();
  if (reader.failed() || packet.destination.size() > kLongestId || packet.source.size() > kLongestId)
    return {};
  if (packet.version.number == 0) return take_versions(packet, datagram, reader);
  if (!(first & kFixedBit) || packet.version.layout != QuicLayout::kInvariant) return {};
  packet.type = (packet.version.rotated_types ? kRotatedTypes : kTypes).at(first >> 4 & 3);
  if (packet.type == kRetry) return take_retry(packet, datagram, reader);
  if (packet.type == kInitial) {
    const std::uint64_t size = read_varint(reader);
    packet.token = reader.take(std::min<std::uint64_t>(size, datagram.size()));
  }
  const std::uint64_t length = read_varint(reader);
  if (reader.failed() || length < kShortestProtected || length > 0xffff) return {};
  packet.number_at = datagram.size() - reader.left();
  packet.size = packet.number_at + length;
  packet.bytes = datagram.first(std::min(packet.size, datagram.size()));
  datagram = datagram.subspan(packet.bytes.size());
  return packet;
}

}  // namespace vedette
