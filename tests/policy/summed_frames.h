// Frames whose checksums are right, and those that answer them, taken apart.
#pragma once

#include "tests/packet_builder.h"

namespace vedette::tests {

inline constexpr std::size_t kLink = 14;
inline Bytes part(const Bytes& bytes, std::size_t from, std::size_t size) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(from),
          bytes.begin() + static_cast<std::ptrdiff_t>(from + size)};
}

// RFC 1071; 0xffff where a checksum is among the bytes and right.
inline std::uint32_t sum_of(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at++) sum += std::uint32_t{bytes[at]} << (at % 2 ? 0 : 8);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

// With its header's checksum.
inline Bytes summed(Bytes ip) {
  const std::uint32_t sum = ~sum_of(part(ip, 0, std::size_t{ip[0] & 15U} * 4)) & 0xffff;
  ip[10] = static_cast<std::uint8_t>(sum >> 8);
  ip[11] = static_cast<std::uint8_t>(sum);
  return ip;
}

inline Bytes frame4(std::uint8_t protocol, const Bytes& inside, const Ipv4Says& says = {}) {
  return ethernet(VDT_ETHER_IPV4, summed(ipv4(protocol, inside, says)));
}

inline Bytes frame6(std::uint8_t protocol, const Bytes& inside) {
  return ethernet(VDT_ETHER_IPV6, ipv6(protocol, inside));
}

// Of a frame's IP packet, which begins behind so many bytes.
struct Ip {
  explicit Ip(const Bytes& frame, std::size_t link = kLink) : version(frame[link] >> 4) {
    const std::size_t header = version == 4 ? 20 : 40, address = version == 4 ? 4 : 16;
    const std::size_t at = link + (version == 4 ? 12 : 8);
    source = part(frame, at, address);
    destination = part(frame, at + address, address);
    protocol = frame[link + (version == 4 ? 9 : 6)];
    const std::size_t length =
        std::size_t{frame[link + (version == 4 ? 2 : 4)]} << 8 | frame[link + (version == 4 ? 3 : 5)];
    inside = part(frame, link + header, version == 4 ? length - header : length);
    header_sum = version == 4 ? sum_of(part(frame, link, header)) : 0xffff;
  }
  // Of what is inside, with the pseudo header where the protocol has it.
  [[nodiscard]] std::uint32_t sum() const {
    if (protocol == VDT_IP_ICMP) return sum_of(inside);
    return sum_of(source + destination + be16(protocol) + be16(inside.size()) + inside);
  }

  int version;
  Bytes source, destination, inside;
  std::uint8_t protocol = 0;
  std::uint32_t header_sum = 0;
};

}  // namespace vedette::tests
