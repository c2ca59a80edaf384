#include "packet/parse.h"

#include "packet/link_layer.h"

namespace vedette {

namespace {

// vdt_parse_from_network() for headers that may begin at offset 0, as raw IP's do.
void parse_behind_link(LinkFrame& frame, std::uint32_t offset, vdt_packet& packet) {
  vdt_packet_core& core = packet.core;
  if (vdt_is_vlan(core.ether_type)) {
    offset = vdt_parse_vlans(frame.begin(), frame.end(), offset, &core);
    if (offset == 0) return;
  }
  if (core.ether_type != VDT_ETHER_IPV4 && core.ether_type != VDT_ETHER_IPV6) {
    offset = vdt_pass_shim(frame.begin(), frame.end(), offset, &core);
    if (offset == 0) return;
  }
  vdt_parse_network(frame.begin(), frame.end(), offset, &packet);
  vdt_parse_tunnels(frame.begin(), frame.end(), &packet);
}

void parse_other_link(LinkType type, std::span<const std::uint8_t> bytes, vdt_packet& packet) {
  const LinkLayer layer = link_layer(type);
  if (!layer) {
    packet.core.malformed = VDT_MALFORMED_LINK_TYPE;
    return;
  }
  LinkFrame frame(bytes, packet.core);
  const NetworkStart network = layer(frame, 0);
  if (network) parse_behind_link(frame, *network, packet);
}

}  // namespace

void parse_packet(LinkType type, std::span<const std::uint8_t> bytes, std::uint32_t wire_length,
                  vdt_packet& packet) {
  if (type == LinkType::kEthernet && !bytes.empty()) [[likely]] {
    vdt_parse_frame(bytes.data(), bytes.data() + bytes.size(), wire_length, &packet);
    packet.core.direction = VDT_DIRECTION_UNKNOWN;
    return;
  }
  vdt_begin(&packet.core, wire_length);
  packet.core.direction = VDT_DIRECTION_UNKNOWN;
  if (bytes.empty())
    packet.core.malformed = VDT_MALFORMED_EMPTY;
  else
    parse_other_link(type, bytes, packet);
}

void parse_datagram(std::span<const std::uint8_t> bytes, const vdt_packet& first, vdt_packet& packet) {
  constexpr std::uint32_t kOutside = VDT_FACT_MAC | VDT_FACT_SRC_MAC | VDT_FACT_TUNNEL;
  const vdt_packet_core& outside = first.core;
  vdt_packet_core& core = packet.core;
  vdt_begin(&core, static_cast<std::uint32_t>(bytes.size()));
  core.key.vlan[0] = outside.key.vlan[0];
  core.key.vlan[1] = outside.key.vlan[1];
  core.key.tunnel_id = outside.key.tunnel_id;
  core.key.tunnel_type = outside.key.tunnel_type;
  core.facts = outside.facts & kOutside;
  core.vlan_count = outside.vlan_count;
  core.mpls_count = outside.mpls_count;
  core.direction = outside.direction;
  vdt_copy_mac(core.src_mac, outside.src_mac);
  vdt_copy_mac(core.dst_mac, outside.dst_mac);
  if (core.facts & VDT_FACT_TUNNEL) {
    packet.outer = first.outer;
    packet.farther = first.farther;
  }
  core.ether_type = outside.key.ip_version == 6 ? VDT_ETHER_IPV6 : VDT_ETHER_IPV4;
  const std::uint8_t* end = bytes.data() + bytes.size();
  vdt_parse_network(bytes.data(), end, 0, &packet);
  vdt_parse_tunnels(bytes.data(), end, &packet);
  core.key.ifindex = outside.key.ifindex;
  core.key.direction = outside.key.direction;
}

}  // namespace vedette
