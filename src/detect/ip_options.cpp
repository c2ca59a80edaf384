#include "detect/ip_options.h"

#include <algorithm>

#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr std::size_t kExtensions = 8;  // walked; what has more is malformed already

}  // namespace

void IpOptions::take(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  if (!(core.facts & VDT_FACT_IP) || core.network_offset >= packet.bytes.size()) return;
  const std::span<const std::uint8_t> header = packet.bytes.subspan(core.network_offset);
  if (core.key.ip_version == 4)
    look_at_ipv4(packet, header);
  else
    look_at_ipv6(packet, header);
}

void IpOptions::look_at_ipv4(const Packet& packet, std::span<const std::uint8_t> header) {
  const std::size_t length = std::min<std::size_t>(std::size_t{header[0] & 0x0fU} * 4, header.size());
  for (std::size_t at = 20; at + 1 < length;) {
    const std::uint8_t option = header[at];
    if (option == 0) return;
    if (option == 1) {
      at++;
      continue;
    }
    if (option == 131 || option == 137)
      tally_.see_packet(packet, "source_route", Severity::kMedium,
                        option == 131 ? "packets with a loose source route (RFC 791)"
                                      : "packets with a strict source route (RFC 791)");
    if (header[at + 1] < 2) return;
    at += header[at + 1];
  }
}

void IpOptions::look_at_ipv6(const Packet& packet, std::span<const std::uint8_t> header) {
  if (header.size() < 40) return;
  std::uint8_t next = header[6];
  std::size_t at = 40;
  for (std::size_t walked = 0; walked < kExtensions && at + 8 <= header.size(); walked++) {
    const std::size_t length = next == VDT_IP_FRAGMENT ? 8 : (header[at + 1] + std::size_t{1}) * 8;
    const std::span<const std::uint8_t> extension = header.subspan(at, std::min(length, header.size() - at));
    switch (next) {
      case VDT_IP_ROUTING:
        if (extension[2] == 0 && extension[3] != 0)
          tally_.see_packet(packet, "routing_header_0", Severity::kMedium,
                            "packets with a routing header of type 0 (RFC 5095)");
        break;
      case VDT_IP_HOP_BY_HOP:
      case VDT_IP_DESTINATION_OPTIONS:
      case VDT_IP_FRAGMENT:
        break;
      default:
        return;
    }
    next = extension[0];
    at += length;
  }
}

}  // namespace vedette
