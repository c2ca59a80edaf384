#include "detect/fragment_attack.h"

#include <algorithm>

#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr Nanoseconds kReassembly = std::chrono::seconds(30);  // Linux' net.ipv4.ipfrag_time
constexpr std::uint32_t kMostBytes = 65'535;                   // of an IP packet, header and all

// The IP payload of this fragment, as its header says; nothing where the header wasn't captured.
std::uint32_t payload_bytes(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  const std::size_t at = core.network_offset;
  if (packet.bytes.size() < at + 20) return 0;
  const std::uint8_t* header = packet.bytes.data() + at;
  if (core.key.ip_version == 4) {
    const std::uint32_t total = static_cast<std::uint32_t>(header[2] << 8 | header[3]);
    const std::uint32_t own = (header[0] & 0x0fU) * 4;
    return total > own ? total - own : 0;
  }
  // Behind the fragment header, which is the last of the unfragmentable part; alone as a rule.
  const std::uint32_t length = static_cast<std::uint32_t>(header[4] << 8 | header[5]);
  return length > 8 ? length - 8 : 0;
}

}  // namespace

void FragmentAttack::take(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  if (core.fragment == VDT_FRAGMENT_NONE || !(core.facts & VDT_FACT_FRAGMENT)) return;
  const std::uint32_t length = payload_bytes(packet);
  if (length == 0) return;
  const Piece piece{core.fragment_offset, core.fragment_offset + length};
  const std::uint32_t header = core.key.ip_version == 4 ? 20 : 0;
  if (piece.end + header > kMostBytes)
    return tally_.see_packet(packet, "ping_of_death", Severity::kMedium,
                             "a fragment that ends behind the longest IP packet (ping of death)");
  if (core.key.protocol == VDT_IP_TCP) {
    // RFC 1858: a first fragment must hold the flags (tmin = 16), no later one may begin inside the header.
    if (core.fragment == VDT_FRAGMENT_FIRST && length < 16)
      tally_.see_packet(packet, "tiny_fragment", Severity::kMedium,
                        "a first fragment too small for TCP's flags (RFC 1858)");
    if (core.fragment_offset == 8)
      tally_.see_packet(packet, "tiny_fragment", Severity::kMedium,
                        "a fragment that begins inside TCP's header (RFC 3128)");
  } else if (core.fragment == VDT_FRAGMENT_FIRST && length < 8) {
    tally_.see_packet(packet, "tiny_fragment", Severity::kMedium,
                      "a first fragment too small for its transport header (RFC 1858)");
  }
  look_for_overlap(packet, piece);
}

void FragmentAttack::look_for_overlap(const Packet& packet, Piece piece) {
  const vdt_packet_core& core = packet.facts->core;
  const std::uint64_t rest = mixed(core.key.dst, core.key.ip_version) ^
                             (std::uint64_t{core.fragment_id} << 8) ^
                             (core.key.ip_version == 4 ? core.key.protocol : 0U);
  Datagram& datagram = datagrams_.at({core.key.src, rest}).value;
  if (packet.time - datagram.last > kReassembly) datagram.count = 0;
  datagram.last = packet.time;
  for (const Piece& other : std::span(datagram.pieces).first(datagram.count)) {
    if (piece.begin == other.begin && piece.end == other.end) return;  // sent twice, or captured twice
    if (piece.begin < other.end && other.begin < piece.end) {
      tally_.see_packet(packet, "overlapping_fragments", Severity::kMedium,
                        "fragments that overlap (teardrop; RFC 5722 forbids them)");
      break;
    }
  }
  if (datagram.count < datagram.pieces.size()) datagram.pieces[datagram.count++] = piece;
}

}  // namespace vedette
