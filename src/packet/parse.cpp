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

}  // namespace vedette
