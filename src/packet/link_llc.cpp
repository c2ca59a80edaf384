#include "packet/link_layer.h"

namespace vedette {

namespace {

constexpr std::uint32_t kSnap = 0xaaaa03;
constexpr std::uint32_t kIpSap = 0x060603;
constexpr std::uint32_t kRoutedIso = 0xfefe03;  // an NLPID follows (RFC 2684 §5)
constexpr std::uint32_t kEthernetOui = 0x000000;
constexpr std::uint32_t kBridgeTunnelOui = 0x0000f8;  // IEEE 802.1H
constexpr std::uint32_t kBridgedOui = 0x0080c2;       // RFC 2684 §5.2

// ARCNET's numbers for protocols (RFC 1201; IANA).
NetworkStart behind_arcnet(LinkFrame& frame, std::uint32_t offset, std::uint8_t protocol) {
  if (protocol == 0xf0 || protocol == 0xd4) return network_at(frame, offset, VDT_ETHER_IPV4);
  if (protocol == 0xf1 || protocol == 0xd5) return network_at(frame, offset, VDT_ETHER_ARP);
  if (protocol == 0xc4) return network_at(frame, offset, VDT_ETHER_IPV6);
  return std::nullopt;
}

// RFC 2684 §5.2: a pad, then the bridged Ethernet frame.
NetworkStart behind_bridged(LinkFrame& frame, std::uint32_t offset, std::uint16_t medium) {
  constexpr std::uint16_t kEthernetWithFcs = 1;
  constexpr std::uint16_t kEthernet = 7;
  if (medium != kEthernet && medium != kEthernetWithFcs) return std::nullopt;
  return link_ethernet(frame, offset + 2);
}

}  // namespace

NetworkStart link_llc(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* llc = frame.at(offset, 4);
  if (!llc) return truncated_link(frame);
  const std::uint32_t saps = vdt_load24(llc);
  if (saps == kIpSap) return network_at(frame, offset + 3, VDT_ETHER_IPV4);
  if (saps == kRoutedIso && llc[3] == 0xcc) return network_at(frame, offset + 4, VDT_ETHER_IPV4);
  if (saps == kRoutedIso && llc[3] == 0x8e) return network_at(frame, offset + 4, VDT_ETHER_IPV6);
  if (saps != kSnap) return std::nullopt;
  const std::uint8_t* snap = frame.at(offset + 3, 5);
  if (!snap) return truncated_link(frame);
  const std::uint32_t oui = vdt_load24(snap);
  const std::uint16_t protocol = vdt_load16(snap + 3);
  if (oui == kBridgedOui) return behind_bridged(frame, offset + 8, protocol);
  if (oui != kEthernetOui && oui != kBridgeTunnelOui) return std::nullopt;
  return network_at(frame, offset + 8, protocol);
}

NetworkStart link_fddi(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 13);
  if (!header) return truncated_link(frame);
  set_macs(frame, header + 7, header + 1);
  constexpr std::uint8_t kLlcFrame = 0x50;
  if ((header[0] & 0x70) != kLlcFrame) return std::nullopt;
  return link_llc(frame, offset + 13);
}

// The first bit of the source address says that a routing field follows (IEEE 802.5).
NetworkStart link_token_ring(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 14);
  if (!header) return truncated_link(frame);
  set_macs(frame, header + 8, header + 2);
  constexpr std::uint8_t kLlcFrame = 0x40;
  if ((header[1] & 0xc0) != kLlcFrame) return std::nullopt;
  offset += 14;
  if (!(header[8] & 0x80)) return link_llc(frame, offset);
  frame.core().src_mac[0] &= 0x7f;
  const std::uint8_t* routing = frame.at(offset, 2);
  if (!routing) return truncated_link(frame);
  return link_llc(frame, offset + (routing[0] & 0x1f));
}

// RFC 2625 §3.1: two addresses whose last six bytes are MACs.
NetworkStart link_fibre_channel(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 16);
  if (!header) return truncated_link(frame);
  set_macs(frame, header + 10, header + 2);
  return link_llc(frame, offset + 16);
}

NetworkStart link_sun_atm(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 4);
  if (!header) return truncated_link(frame);
  constexpr std::uint8_t kLane = 1;
  constexpr std::uint8_t kLlc = 2;
  frame.core().direction = header[0] & 0x80 ? VDT_DIRECTION_OUT : VDT_DIRECTION_IN;
  const std::uint8_t traffic = header[0] & 0x0f;
  if (traffic == kLlc) return link_llc(frame, offset + 4);
  // LAN emulation: a two-byte sender id before the Ethernet frame.
  return traffic == kLane ? link_ethernet(frame, offset + 6) : std::nullopt;
}

// RFC 1201: an exception frame's padding stands between its split flag and the sequence number.
NetworkStart link_arcnet(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 6);
  if (!header) return truncated_link(frame);
  const std::uint8_t protocol = header[2];
  const bool has_sequence = protocol == 0xd4 || protocol == 0xd5 || protocol == 0xc4;
  if (!has_sequence) return behind_arcnet(frame, offset + 3, protocol);
  const std::uint8_t split = header[3];
  return behind_arcnet(frame, offset + (split == 0xff ? 10 : 6), protocol);
}

NetworkStart link_arcnet_linux(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 8);
  if (!header) return truncated_link(frame);
  const std::uint8_t protocol = header[4];
  const bool has_sequence = protocol == 0xd4 || protocol == 0xd5 || protocol == 0xc4;
  return behind_arcnet(frame, offset + (has_sequence ? 8 : 5), protocol);
}

NetworkStart link_firewire(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 18);
  if (!header) return truncated_link(frame);
  return network_at(frame, offset + 18, vdt_load16(header + 16));
}

// A global routing header, then RFC 4391's type.
NetworkStart link_infiniband(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 44);
  if (!header) return truncated_link(frame);
  return network_at(frame, offset + 44, vdt_load16(header + 40));
}

}  // namespace vedette
