#include "packet/link_layer.h"

namespace vedette {

namespace {

constexpr std::uint8_t kUnnumberedInformation = 0x03;

// Network layer protocol identifiers (ISO/IEC TR 9577; RFC 2427).
constexpr std::uint8_t kNlpidPadding = 0x00;
constexpr std::uint8_t kNlpidSnap = 0x80;
constexpr std::uint8_t kNlpidIpv6 = 0x8e;
constexpr std::uint8_t kNlpidIpv4 = 0xcc;
constexpr std::uint8_t kNlpidPpp = 0xcf;

NetworkStart ppp_protocol(LinkFrame& frame, std::uint32_t offset) {
  const std::uint32_t behind = vdt_parse_ppp_protocol(frame.begin(), frame.end(), offset, &frame.core());
  return behind ? NetworkStart(behind) : std::nullopt;
}

NetworkStart behind_nlpid(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* nlpid = frame.at(offset, 1);
  if (nlpid && *nlpid == kNlpidPadding) nlpid = frame.at(++offset, 1);
  if (!nlpid) return truncated_link(frame);
  offset++;
  if (*nlpid == kNlpidIpv4) return network_at(frame, offset, VDT_ETHER_IPV4);
  if (*nlpid == kNlpidIpv6) return network_at(frame, offset, VDT_ETHER_IPV6);
  if (*nlpid == kNlpidPpp) return ppp_protocol(frame, offset);
  if (*nlpid != kNlpidSnap) return std::nullopt;
  const std::uint8_t* snap = frame.at(offset, 5);
  if (!snap) return truncated_link(frame);
  if (vdt_load24(snap) != 0) return std::nullopt;
  return network_at(frame, offset + 5, vdt_load16(snap + 3));
}

}  // namespace

// RFC 1661 and 1662: the address and control bytes may be left out; Cisco's HDLC shows itself by its own.
NetworkStart link_ppp(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 2);
  if (!header) return truncated_link(frame);
  if (header[0] == 0x0f || header[0] == 0x8f) return link_cisco_hdlc(frame, offset);
  return ppp_protocol(frame, vdt_load16(header) == 0xff03 ? offset + 2 : offset);
}

NetworkStart link_ppp_with_direction(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* direction = frame.at(offset, 1);
  if (!direction) return truncated_link(frame);
  frame.core().direction = *direction ? VDT_DIRECTION_OUT : VDT_DIRECTION_IN;
  return link_ppp(frame, offset + 1);
}

NetworkStart link_pppoe(LinkFrame& frame, std::uint32_t offset) {
  const std::uint32_t behind = vdt_parse_pppoe(frame.begin(), frame.end(), offset, &frame.core());
  return behind ? NetworkStart(behind) : std::nullopt;
}

NetworkStart link_cisco_hdlc(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 4);
  if (!header) return truncated_link(frame);
  return network_at(frame, offset + 4, vdt_load16(header + 2));
}

// Q.922 address of two to four bytes, then RFC 2427 or, without a control byte, Cisco's EtherType.
NetworkStart link_frame_relay(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* address = nullptr;
  for (int walked = 0; walked < 4; walked++) {
    address = frame.at(offset++, 1);
    if (!address) return truncated_link(frame);
    if (*address & 1) break;
  }
  if (!(*address & 1)) return std::nullopt;
  const std::uint8_t* control = frame.at(offset, 2);
  if (!control) return truncated_link(frame);
  if (*control == kUnnumberedInformation) return behind_nlpid(frame, offset + 1);
  return network_at(frame, offset + 2, vdt_load16(control));
}

}  // namespace vedette
