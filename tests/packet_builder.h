// Frames for tests, layer in layer: ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, text("hello")))).
// Lengths are right unless a test says otherwise; checksums are zero, for no parser of ours looks at them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "parse/protocols.h"

namespace vedette::tests {

using Bytes = std::vector<std::uint8_t>;

inline Bytes operator+(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

inline Bytes text(std::string_view letters) {
  return {letters.begin(), letters.end()};
}

inline Bytes be16(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

inline Bytes be32(std::size_t value) {
  return be16(value >> 16 & 0xffff) + be16(value & 0xffff);
}

inline Bytes le16(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)};
}

inline Bytes le32(std::uint32_t value) {
  return le16(static_cast<std::uint16_t>(value)) + le16(static_cast<std::uint16_t>(value >> 16));
}

inline Bytes zeros(std::size_t count) {
  return Bytes(count);
}

inline Bytes ethernet(std::uint16_t ether_type, const Bytes& inside) {
  return Bytes{2, 0, 0, 0, 0, 2} + Bytes{2, 0, 0, 0, 0, 1} + be16(ether_type) + inside;
}

// A tag whose EtherType the layer outside announces.
inline Bytes vlan(std::uint16_t id, std::uint16_t ether_type, const Bytes& inside) {
  return be16(id) + be16(ether_type) + inside;
}

inline Bytes mpls(std::uint32_t label, bool bottom, const Bytes& inside) {
  return be32(label << 12 | (bottom ? 0x100U : 0U) | 64U) + inside;
}

inline Bytes pppoe(std::uint16_t ppp_protocol, const Bytes& inside) {
  return Bytes{0x11, 0} + be16(1) + be16(inside.size() + 2) + be16(ppp_protocol) + inside;
}

struct Ipv4Says {
  Bytes options = {};            // a multiple of four bytes
  std::uint16_t fragment = 0;    // flags and offset, as on the wire
  int total = -1;                // -1: the right one
  std::uint8_t last_source = 1;  // 192.0.2.N
};

// From 192.0.2.1 to 198.51.100.2.
inline Bytes ipv4(std::uint8_t protocol, const Bytes& inside, const Ipv4Says& says = {}) {
  const std::size_t header = 20 + says.options.size();
  const std::size_t total = says.total < 0 ? header + inside.size() : static_cast<std::size_t>(says.total);
  return Bytes{static_cast<std::uint8_t>(0x40 | header / 4), 0xb8} + be16(total) + be16(0x1234) +
         be16(says.fragment) + Bytes{64, protocol, 0, 0} + Bytes{192, 0, 2, says.last_source} +
         Bytes{198, 51, 100, 2} + says.options + inside;
}

// From 2001:db8::1 to 2001:db8::2. `length` -1: the right one.
inline Bytes ipv6(std::uint8_t next, const Bytes& inside, int length = -1) {
  const Bytes network{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  return Bytes{0x60, 0, 0, 0} + be16(length < 0 ? inside.size() : static_cast<std::size_t>(length)) +
         Bytes{next, 61} + network + Bytes{1} + network + Bytes{2} + inside;
}

// Hop-by-hop, routing or destination options of eight bytes.
inline Bytes extension(std::uint8_t next, const Bytes& inside) {
  return Bytes{next, 0, 1, 4, 0, 0, 0, 0} + inside;
}

inline Bytes fragment_header(std::uint8_t next, std::uint16_t offset_and_more, const Bytes& inside) {
  return Bytes{next, 0} + be16(offset_and_more) + be32(0xabcd) + inside;
}

inline Bytes ah(std::uint8_t next, std::uint32_t spi, const Bytes& inside) {
  return Bytes{next, 4, 0, 0} + be32(spi) + zeros(16) + inside;
}

// Sequence 100, acknowledgment 200, window 500.
inline Bytes tcp(std::uint16_t src, std::uint16_t dst, std::uint8_t flags, const Bytes& options = {},
                 const Bytes& inside = {}) {
  return be16(src) + be16(dst) + be32(100) + be32(200) +
         Bytes{static_cast<std::uint8_t>((5 + options.size() / 4) << 4), flags} + be16(500) + zeros(4) +
         options + inside;
}

// `length` -1: the right one.
inline Bytes udp(std::uint16_t src, std::uint16_t dst, const Bytes& inside, int length = -1) {
  return be16(src) + be16(dst) + be16(length < 0 ? inside.size() + 8 : static_cast<std::size_t>(length)) +
         be16(0) + inside;
}

inline Bytes icmp(std::uint8_t type, std::uint8_t code, const Bytes& inside) {
  return Bytes{type, code, 0, 0, 0, 0, 0, 0} + inside;
}

inline Bytes vxlan(std::uint32_t id, const Bytes& inside) {
  return udp(50000, VDT_PORT_VXLAN, Bytes{8, 0, 0, 0} + be32(id << 8) + inside);
}

inline Bytes vxlan_gpe(std::uint32_t id, std::uint8_t next, const Bytes& inside) {
  return udp(50000, VDT_PORT_VXLAN_GPE, Bytes{0x0c, 0, 0, next} + be32(id << 8) + inside);
}

inline Bytes geneve(std::uint32_t id, std::uint16_t ether_type, const Bytes& options, const Bytes& inside) {
  return udp(50000, VDT_PORT_GENEVE,
             Bytes{static_cast<std::uint8_t>(options.size() / 4), 0} + be16(ether_type) + be32(id << 8) +
                 options + inside);
}

// `optional`: what the flags announce.
inline Bytes gre(std::uint16_t flags, std::uint16_t ether_type, const Bytes& optional, const Bytes& inside) {
  return be16(flags) + be16(ether_type) + optional + inside;
}

// A PPTP call: GRE of version 1, whose key is `call` behind the payload's length.
inline Bytes pptp(std::uint16_t flags, std::uint16_t call, const Bytes& inside) {
  return gre(flags, VDT_ETHER_PPP, be16(inside.size()) + be16(call), inside);
}

// An identity of 16 bytes, a SHA-1 signature of 20.
inline Bytes ayiya(std::uint8_t operation, std::uint8_t next, const Bytes& inside) {
  return Bytes{0x41, 0x52, static_cast<std::uint8_t>(0x10 | operation), next} + be32(0) + zeros(16 + 20) +
         inside;
}

}  // namespace vedette::tests
