#include "replay/replay_frame.h"

#include <algorithm>

#include "packet/link_layer.h"
#include "packet/parse.h"

namespace vedette {

namespace {

constexpr std::uint32_t kEthernetHeader = 14;

// Whether the frame would say more had it been captured whole.
bool is_cut_off(const FilePacket& packet, std::uint32_t payload_looked_at) {
  const vdt_packet_core& core = packet.packet.facts->core;
  const std::size_t captured = packet.packet.bytes.size();
  if (captured >= core.length) return false;
  switch (core.malformed) {
    case VDT_MALFORMED_LINK_TRUNCATED:
    case VDT_MALFORMED_VLAN_TRUNCATED:
    case VDT_MALFORMED_MPLS_TRUNCATED:
    case VDT_MALFORMED_PPPOE_TRUNCATED:
    case VDT_MALFORMED_IP_TRUNCATED:
    case VDT_MALFORMED_IP_EXTENSION_TRUNCATED:
    case VDT_MALFORMED_TRANSPORT_TRUNCATED:
    case VDT_MALFORMED_ICMP_TRUNCATED:
    case VDT_MALFORMED_TUNNEL_TRUNCATED:
      return true;
    default:
      break;
  }
  return core.payload_offset != 0 &&
         captured < core.payload_offset + std::min(core.payload_length, payload_looked_at);
}

}  // namespace

std::string_view undecided_name(Undecided why) {
  constexpr std::string_view kNames[] = {
#define VEDETTE_AS_NAME(enumerator, name, meaning) name,
      VEDETTE_UNDECIDED_LIST(VEDETTE_AS_NAME)
#undef VEDETTE_AS_NAME
  };
  return kNames[static_cast<std::size_t>(why)];
}

std::string_view undecided_meaning(Undecided why) {
  constexpr std::string_view kMeanings[] = {
#define VEDETTE_AS_MEANING(enumerator, name, meaning) meaning,
      VEDETTE_UNDECIDED_LIST(VEDETTE_AS_MEANING)
#undef VEDETTE_AS_MEANING
  };
  return kMeanings[static_cast<std::size_t>(why)];
}

std::uint32_t payload_looked_at(const Policy& policy) {
  std::size_t most = 0;
  for (const Rule& rule : policy.rules)
    for (const PayloadMatch& match : rule.match.payload)
      most = std::max(most, match.offset + match.bytes.size());
  return static_cast<std::uint32_t>(most);
}

std::variant<ReplayFrame, Undecided> FrameMaker::frame_of(const FilePacket& packet) {
  const vdt_packet_core& core = packet.packet.facts->core;
  const std::span<const std::uint8_t> bytes = packet.packet.bytes;
  if (core.direction == VDT_DIRECTION_OUT) return Undecided::kOutgoing;
  if (is_cut_off(packet, payload_looked_at_)) return Undecided::kCutOff;
  if (packet.link != LinkType::kEthernet) return behind_ethernet(packet);
  if (bytes.size() < kEthernetHeader) return Undecided::kTooShort;
  return ReplayFrame{.bytes = bytes.first(std::min(bytes.size(), kLongest)), .facts = packet.packet.facts};
}

std::variant<ReplayFrame, Undecided> FrameMaker::behind_ethernet(const FilePacket& packet) {
  const LinkLayer layer = link_layer(packet.link);
  if (!layer) return Undecided::kLinkType;
  vdt_packet_core core;
  vdt_begin(&core, packet.packet.facts->core.length);
  LinkFrame frame(packet.packet.bytes, core);
  const NetworkStart network = layer(frame, 0);
  if (!network || core.ether_type <= VDT_ETHER_LENGTH_MAX || *network > frame.size())
    return Undecided::kLinkType;
  const auto inside = packet.packet.bytes.subspan(*network, frame.size() - *network);
  const std::size_t copied = std::min(inside.size(), kLongest - kEthernetHeader);
  made_[12] = static_cast<std::uint8_t>(core.ether_type >> 8);
  made_[13] = static_cast<std::uint8_t>(core.ether_type);
  std::ranges::copy(inside.first(copied), made_.begin() + kEthernetHeader);
  // Of a trailer that the link layer took off, the wire's length holds nothing either.
  const auto trailer = static_cast<std::uint32_t>(packet.packet.bytes.size() - frame.size());
  const auto bytes = std::span(made_).first(kEthernetHeader + copied);
  parse_packet(LinkType::kEthernet, bytes, core.length - *network - trailer + kEthernetHeader, made_facts_);
  return ReplayFrame{.bytes = bytes, .facts = &made_facts_};
}

}  // namespace vedette
