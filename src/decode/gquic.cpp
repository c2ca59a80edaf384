#include "decode/gquic.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/quic_versions.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::size_t kTag = 4;
constexpr std::array<std::string_view, 3> kMessages = {"CHLO", std::string_view("REJ\0", kTag), "SHLO"};

// Public header, "QUIC Wire Layout Specification".
enum Flag : std::uint8_t { kVersion = 0x01, kReset = 0x02, kConnectionId = 0x08, kReserved = 0x80 };
constexpr std::size_t kConnectionIdBytes = 8;
constexpr std::size_t kMessageHash = 12;  // in front of the frames of a packet in clear

void take_value(std::string_view tag, std::string_view value, GquicMessage& message) {
  if (tag == std::string_view("SNI\0", kTag)) message.server_name = value;
  if (tag == "UAID") message.user_agent = value;
  if (tag == "PDMD") message.proof_demand = value;
}

// The first message anywhere in `bytes`: of the frames before it nothing is needed, and its own table of tags
// proves it.
std::optional<GquicMessage> find_message(std::string_view bytes) {
  std::size_t first = std::string_view::npos;
  for (const std::string_view name : kMessages) first = std::min(first, bytes.find(name));
  if (first == std::string_view::npos) return {};
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data()) + first;
  return parse_gquic_message({at, bytes.size() - first});
}

bool is_google(std::uint32_t number) {
  return quic_version(number).known && quic_version(number).google_frames;
}

// A server that doesn't speak the client's version lists its own in the place of what would follow.
std::vector<std::uint32_t> read_versions(ByteReader reader) {
  std::vector<std::uint32_t> versions;
  while (!reader.empty()) {
    versions.push_back(reader.u32());
    if (reader.failed() || !is_google(versions.back())) return {};
  }
  return versions;
}

// Up to Q043.
std::optional<GquicPacket> parse_public_header(std::span<const std::uint8_t> datagram) {
  ByteReader reader(datagram);
  const std::uint8_t flags = reader.u8();
  if ((flags & (kReserved | kReset)) || !(flags & kConnectionId)) return {};
  reader.take(kConnectionIdBytes);
  GquicPacket packet;
  if (flags & kVersion) {
    packet.versions = read_versions(reader);
    const std::uint32_t version = reader.u32();
    if (reader.failed() || !is_google(version)) return {};
    if (!packet.versions.empty()) return packet;
    if (quic_version(version).layout != QuicLayout::kPublicHeader || reader.left() <= kMessageHash) return {};
    packet.version = version;
  }
  if (reader.failed()) return {};
  packet.message = find_message(text_of(reader.take(reader.left())));
  if (!packet.version && !packet.message) return {};
  return packet;
}

// Q044 to Q048: type, version, the lengths of both IDs less three each.
std::optional<GquicPacket> parse_nibbles(std::span<const std::uint8_t> datagram) {
  constexpr std::size_t kAddedToLength = 3;
  ByteReader reader(datagram);
  const std::uint8_t first = reader.u8();
  GquicPacket packet{.version = reader.u32(), .versions = {}, .message = {}};
  if (!(first & 0x80) || quic_version(*packet.version).layout != QuicLayout::kNibbles) return {};
  const std::uint8_t lengths = reader.u8();
  for (const std::size_t nibble : {lengths >> 4, lengths & 0xf})
    if (nibble != 0) reader.take(nibble + kAddedToLength);
  if (reader.failed() || lengths == 0 || reader.left() <= kMessageHash) return {};
  packet.message = find_message(text_of(reader.take(reader.left())));
  return packet;
}

}  // namespace

std::optional<GquicMessage> parse_gquic_message(std::span<const std::uint8_t> bytes) {
  constexpr std::uint16_t kMostTags = 128;
  ByteReader reader(bytes);
  const std::string_view name = text_of(reader.take(kTag));
  const std::uint16_t tags = reader.little16();
  const std::uint16_t padding = reader.u16();
  ByteReader table(reader.take(std::size_t{8} * tags));
  if (reader.failed() || std::ranges::find(kMessages, name) == kMessages.end() || tags == 0 ||
      tags > kMostTags || padding != 0)
    return {};
  GquicMessage message;
  message.client = name == "CHLO";
  std::uint32_t begin = 0, last_tag = 0;
  for (std::uint16_t i = 0; i < tags; i++) {
    const auto tag = table.take(kTag);
    const std::uint32_t end = table.little32();
    const std::uint32_t number = ByteReader(tag).little32();
    if (number <= last_tag || end < begin) return {};  // they stand in ascending order
    last_tag = number;
    const auto value = reader.take(end - begin);
    if (!reader.failed()) take_value(text_of(tag), text_of(value), message);
    begin = end;
  }
  message.whole = !reader.failed();
  return message;
}

std::optional<GquicPacket> parse_gquic_packet(std::span<const std::uint8_t> datagram) {
  if (datagram.empty()) return {};
  return datagram[0] & 0x80 ? parse_nibbles(datagram) : parse_public_header(datagram);
}

}  // namespace vedette
