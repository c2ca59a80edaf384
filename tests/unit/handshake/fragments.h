// A datagram in fragments, as frames.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/packet_builder.h"

namespace vedette::tests {

inline const Bytes kLetters = text("of forty-nine bytes, behind a header of eight others");
inline const Bytes kDatagram = udp(40000, 53, kLetters);

inline Bytes piece_of(const Bytes& datagram, std::size_t begin, std::size_t size) {
  const auto from = datagram.begin() + static_cast<std::ptrdiff_t>(begin);
  return {from, from + static_cast<std::ptrdiff_t>(std::min(size, datagram.size() - begin))};
}

// `begin` is a multiple of 8.
inline Bytes ipv4_fragment(const Bytes& datagram, std::size_t begin, std::size_t size, bool more,
                           std::uint8_t protocol = VDT_IP_UDP) {
  const auto field = static_cast<std::uint16_t>(begin / 8 | (more ? 0x2000 : 0));
  return ethernet(VDT_ETHER_IPV4, ipv4(protocol, piece_of(datagram, begin, size), {.fragment = field}));
}

// Of `size` bytes each, a multiple of 8; the last one may be shorter.
inline std::vector<Bytes> ipv4_fragments(const Bytes& datagram, std::size_t size,
                                         std::uint8_t protocol = VDT_IP_UDP) {
  std::vector<Bytes> frames;
  for (std::size_t begin = 0; begin < datagram.size(); begin += size)
    frames.push_back(ipv4_fragment(datagram, begin, size, begin + size < datagram.size(), protocol));
  return frames;
}

// Behind a hop-by-hop header, which each has.
inline std::vector<Bytes> ipv6_fragments(const Bytes& datagram, std::size_t size) {
  std::vector<Bytes> frames;
  for (std::size_t begin = 0; begin < datagram.size(); begin += size) {
    const auto field = static_cast<std::uint16_t>(begin | (begin + size < datagram.size() ? 1 : 0));
    frames.push_back(ethernet(
        VDT_ETHER_IPV6, ipv6(VDT_IP_HOP_BY_HOP,
                             extension(VDT_IP_FRAGMENT, fragment_header(VDT_IP_UDP, field,
                                                                        piece_of(datagram, begin, size))))));
  }
  return frames;
}

}  // namespace vedette::tests
