#include <bit>

#include "packet/link_layer.h"

namespace vedette {

namespace {

constexpr std::uint32_t kInet = 2;

// AF_INET6 is another number on Linux, NetBSD and OpenBSD, FreeBSD, and Apple's systems.
constexpr bool is_inet6(std::uint32_t family) {
  return family == 10 || family == 24 || family == 28 || family == 30;
}

NetworkStart network_of_family(LinkFrame& frame, std::uint32_t offset, std::uint32_t family) {
  if (family == kInet) return network_at(frame, offset, VDT_ETHER_IPV4);
  if (is_inet6(family)) return network_at(frame, offset, VDT_ETHER_IPV6);
  return std::nullopt;
}

// An address family stands in its writer's byte order, which no header tells; families are small numbers.
std::uint32_t small_number(std::uint32_t big_endian) {
  return big_endian & 0xffff0000 ? std::byteswap(big_endian) : big_endian;
}

}  // namespace

NetworkStart link_raw_ip(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* first = frame.at(offset, 1);
  if (!first) return truncated_link(frame);
  if (*first >> 4 == 4) return network_at(frame, offset, VDT_ETHER_IPV4);
  if (*first >> 4 == 6) return network_at(frame, offset, VDT_ETHER_IPV6);
  frame.core().malformed = VDT_MALFORMED_IP_VERSION;
  return std::nullopt;
}

NetworkStart link_ipv4(LinkFrame& frame, std::uint32_t offset) {
  return network_at(frame, offset, VDT_ETHER_IPV4);
}

NetworkStart link_ipv6(LinkFrame& frame, std::uint32_t offset) {
  return network_at(frame, offset, VDT_ETHER_IPV6);
}

NetworkStart link_null(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 4);
  if (!header) return truncated_link(frame);
  if (vdt_load16(header) == 0xff03) return link_ppp(frame, offset);
  const std::uint32_t family = small_number(vdt_load32(header));
  // Some writers put an EtherType where the family belongs.
  if (family > VDT_ETHER_LENGTH_MAX && family <= 0xffff)
    return network_at(frame, offset + 4, static_cast<std::uint16_t>(family));
  return network_of_family(frame, offset + 4, family);
}

// OpenBSD's IPsec interface: family, SPI, flags.
NetworkStart link_enc(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 12);
  if (!header) return truncated_link(frame);
  return network_of_family(frame, offset + 12, small_number(vdt_load32(header)));
}

// OpenBSD's packet filter log: the header's length comes first, and it is padded to four bytes.
NetworkStart link_pflog(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 2);
  if (!header) return truncated_link(frame);
  const std::uint32_t size = (header[0] + 3U) & ~3U;
  return network_of_family(frame, offset + size, header[1]);
}

// A direction and the header as it was before decompression.
NetworkStart link_slip(LinkFrame& frame, std::uint32_t offset) {
  return link_raw_ip(frame, offset + 16);
}

NetworkStart link_mpls(LinkFrame& frame, std::uint32_t offset) {
  return network_at(frame, offset, VDT_ETHER_MPLS);
}

}  // namespace vedette
