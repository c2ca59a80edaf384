#include "detect/odd_packet.h"

#include <cstdint>
#include <cstring>

#include "parse/protocols.h"

namespace vedette {

namespace {

// RFC 792, RFC 4443.
bool is_echo(const vdt_packet_core& core) {
  return core.key.ip_version == 6 ? core.icmp_type == 128 || core.icmp_type == 129
                                  : core.icmp_type == 0 || core.icmp_type == 8;
}

// RFC 2131, RFC 8415.
bool is_dhcp(const vdt_flow_key& key) {
  const auto is_port = [](std::uint16_t port) {
    return port == 67 || port == 68 || port == 546 || port == 547;
  };
  return key.protocol == VDT_IP_UDP && is_port(key.src_port) && is_port(key.dst_port);
}

// The transport header doesn't stand right behind the IP header's fixed part.
bool has_ip_options(const vdt_packet_core& core) {
  if (!(core.facts & VDT_FACT_IP) || core.transport_offset == 0) return false;
  return core.transport_offset - core.network_offset > (core.key.ip_version == 6 ? 40 : 20);
}

}  // namespace

bool is_odd(const vdt_packet& packet) {
  const vdt_packet_core& core = packet.core;
  if (core.malformed || core.fragment || (core.facts & VDT_FACT_ARP)) return true;
  if ((core.facts & VDT_FACT_ICMP) && !is_echo(core)) return true;
  if (is_dhcp(core.key) || has_ip_options(core)) return true;
  return (core.facts & VDT_FACT_IP) && std::memcmp(&core.key.src, &core.key.dst, sizeof(core.key.src)) == 0;
}

}  // namespace vedette
