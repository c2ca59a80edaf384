#include "packet/link_layer.h"

namespace vedette {

namespace {

// The fields that both versions of the cooked header have (tcpdump.org: LINKTYPE_LINUX_SLL, _SLL2).
struct Cooked {
  std::uint16_t protocol;
  std::uint16_t hardware;  // ARPHRD_
  std::uint16_t packet_type;
  std::uint16_t address_length;
  const std::uint8_t* address;
};

constexpr std::uint16_t kOutgoing = 4;
constexpr std::uint16_t kProtocolLlc = 0x0004;
constexpr std::uint16_t kHardwareRadiotap = 803;
constexpr std::uint16_t kHardwareNetlink = 824;

NetworkStart behind_cooked(LinkFrame& frame, std::uint32_t offset, const Cooked& header) {
  vdt_packet_core& core = frame.core();
  core.direction = header.packet_type == kOutgoing ? VDT_DIRECTION_OUT : VDT_DIRECTION_IN;
  if (header.address_length == 6) {
    vdt_copy_mac(core.src_mac, header.address);
    core.facts |= VDT_FACT_SRC_MAC;
  }
  if (header.hardware == kHardwareNetlink) return std::nullopt;
  if (header.hardware == kHardwareRadiotap) return link_radiotap(frame, offset);
  if (header.protocol == kProtocolLlc) return link_llc(frame, offset);
  return network_at(frame, offset, header.protocol);
}

constexpr std::uint16_t kNflogPayload = 9;

}  // namespace

NetworkStart link_cooked(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 16);
  if (!header) return truncated_link(frame);
  return behind_cooked(frame, offset + 16,
                       {.protocol = vdt_load16(header + 14),
                        .hardware = vdt_load16(header + 2),
                        .packet_type = vdt_load16(header),
                        .address_length = vdt_load16(header + 4),
                        .address = header + 6});
}

NetworkStart link_cooked2(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 20);
  if (!header) return truncated_link(frame);
  return behind_cooked(frame, offset + 20,
                       {.protocol = vdt_load16(header),
                        .hardware = vdt_load16(header + 8),
                        .packet_type = header[10],
                        .address_length = header[11],
                        .address = header + 12});
}

// Family, version, resource; then attributes, of which one is the packet. Their lengths stand in the writer's
// byte order; all writers known are little-endian.
NetworkStart link_nflog(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 4);
  if (!header) return truncated_link(frame);
  const std::uint8_t family = header[0];
  for (offset += 4;;) {
    const std::uint8_t* attribute = frame.at(offset, 4);
    if (!attribute) return truncated_link(frame);
    const std::uint32_t length = attribute[0] | attribute[1] << 8;
    const std::uint32_t type = attribute[2] | attribute[3] << 8;
    if (type == kNflogPayload) break;
    if (length < 4) return truncated_link(frame);
    offset += (length + 3) & ~3U;
  }
  if (family == 2) return link_ipv4(frame, offset + 4);
  if (family == 10) return link_ipv6(frame, offset + 4);
  return std::nullopt;
}

}  // namespace vedette
