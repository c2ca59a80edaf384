#include "decode/rdp_udp_data.h"

#include <algorithm>
#include <utility>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

// [MS-RDPEUDP2] §2.2.1.1.
enum Flag2 : std::uint16_t {
  kAck2 = 0x001,
  kData2 = 0x004,
  kAckVector2 = 0x008,
  kAckOfAcks2 = 0x010,
  kOverhead2 = 0x040,
  kDelay2 = 0x100,
};

void skip_ack2(ByteReader& reader) {
  reader.take(6);  // number, when it was received, how long ago
  const std::uint8_t delayed = reader.u8() & 0x0f;
  reader.take(delayed);
}

void skip_ack_vector2(ByteReader& reader) {
  constexpr std::uint8_t kHasTime = 0x80;
  reader.take(2);  // the number it begins with
  const std::uint8_t size = reader.u8();
  if (size & kHasTime) reader.take(4);
  reader.take(size & 0x7f);
}

struct Piece {
  std::uint32_t number;
  std::vector<std::uint8_t> bytes;
};

}  // namespace

std::optional<RdpUdpData> parse_rdp_udp_data(std::span<const std::uint8_t> datagram) {
  constexpr std::size_t kMostAcks = 2048, kAlignment = 4;  // §2.2.2.7
  ByteReader reader(datagram);
  RdpUdpData data;
  data.acknowledged = reader.u32();
  reader.u16();  // receive window
  const std::uint16_t flags = reader.u16();
  if (!(flags & kRdpUdpData) ||
      (flags & (kRdpUdpSyn | kRdpUdpFec | kRdpUdpCorrelationId | kRdpUdpExtension | kRdpUdpUnknown)))
    return {};
  if (flags & kRdpUdpAck) {
    const std::size_t size = reader.u16();
    if (size > kMostAcks) return {};
    reader.take((2 + size + kAlignment - 1) / kAlignment * kAlignment - 2);
  }
  if (flags & kRdpUdpAckOfAcks) reader.u32();
  reader.u32();  // of the packet as it is sent, which one of error correction has too
  data.number = reader.u32();
  if (reader.failed()) return {};
  const auto bytes = reader.take(reader.left());
  data.bytes.assign(bytes.begin(), bytes.end());
  return data;
}

std::optional<RdpUdpData> parse_rdp_udp2_data(std::span<const std::uint8_t> datagram) {
  // §3.1.1.1.5: the prefix is sent in the eighth byte's place, and that one in the prefix's.
  constexpr std::size_t kPrefixPlace = 7;
  if (datagram.size() <= kPrefixPlace) return {};
  std::vector<std::uint8_t> packet(datagram.begin(), datagram.end());
  std::swap(packet[0], packet[kPrefixPlace]);
  const std::uint8_t prefix = packet[0];
  constexpr std::uint8_t kReservedAndType = 0x1f, kWhole = 7;  // type 8: a dummy, to try the path's MTU
  if ((prefix & kReservedAndType) != 0 || prefix >> 5 != kWhole) return {};
  ByteReader reader(std::span<const std::uint8_t>(packet).subspan(1));
  const std::uint16_t flags = reader.little16() & 0x0fff;
  if (!(flags & kData2) || (flags & kAck2 && flags & kAckVector2)) return {};
  if (flags & kAck2) skip_ack2(reader);
  if (flags & kOverhead2) reader.take(1);
  if (flags & kDelay2) reader.take(3);
  if (flags & kAckOfAcks2) reader.take(2);
  reader.take(2);  // of the packet as it is sent
  if (flags & kAckVector2) skip_ack_vector2(reader);
  RdpUdpData data;
  data.number = reader.little16();
  if (reader.failed()) return {};
  packet.erase(packet.begin(), packet.end() - static_cast<std::ptrdiff_t>(reader.left()));
  data.bytes = std::move(packet);
  return data;
}

bool is_rdp_udp_records(std::span<const std::uint8_t> data) {
  constexpr std::uint8_t kFirstType = 20, kLastType = 23;
  constexpr std::size_t kLongest = (1 << 14) + 2048;  // RFC 5246 §6.2.3
  if (data.empty()) return false;
  ByteReader reader(data);
  while (!reader.empty()) {
    const std::uint8_t type = reader.u8();
    const std::uint16_t version = reader.u16();
    const bool tls = version >= 0x0301 && version <= 0x0303, dtls = version == 0xfeff || version == 0xfefd;
    if (dtls) reader.take(8);  // epoch and number
    const std::size_t size = reader.u16();
    reader.take(size);
    if (reader.failed() || type < kFirstType || type > kLastType || (!tls && !dtls) || size == 0 ||
        size > kLongest)
      return false;
  }
  return true;
}

void add_rdp_udp_carried(const Heads& heads, std::size_t side, RdpUdpTransport transport,
                         std::optional<std::uint32_t> first, DerivedBytes& carried) {
  const auto arrivals = heads.arrivals[side];
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  for (const Arrival& arrival : arrivals) {
    const auto datagram = heads.bytes[side].subspan(begin, arrival.end - begin);
    begin = arrival.end;
    auto data = transport.version3 ? parse_rdp_udp2_data(datagram) : parse_rdp_udp_data(datagram);
    if (!data || data->bytes.empty()) continue;
    if (transport.lossy) {
      carried.add_datagram(side, data->bytes, arrival.time, arrival.cut);
      continue;
    }
    if (arrival.cut) continue;
    if (!first) first = data->number;
    pieces.push_back({.number = data->number - *first, .bytes = std::move(data->bytes)});
  }
  std::ranges::stable_sort(pieces, {}, &Piece::number);
  std::uint32_t next = 0;
  for (const Piece& piece : pieces) {
    if (piece.number < next) continue;
    if (piece.number > next) break;
    next++;
    carried.add(side, piece.bytes, arrivals.back().time);
  }
}

}  // namespace vedette
