#include "detect/odd_packet.h"

#include <cstring>

#include "parse/protocols.h"

namespace vedette {

namespace {

// RFC 792, RFC 4443.
bool is_echo(const vdt_packet_core& core) {
  return core.key.ip_version == 6 ? core.icmp_type == 128 || core.icmp_type == 129
                                  : core.icmp_type == 0 || core.icmp_type == 8;
}

}  // namespace

bool is_odd(const vdt_packet& packet) {
  const vdt_packet_core& core = packet.core;
  if (core.malformed || core.fragment || (core.facts & VDT_FACT_ARP)) return true;
  if ((core.facts & VDT_FACT_ICMP) && !is_echo(core)) return true;
  return (core.facts & VDT_FACT_IP) && std::memcmp(&core.key.src, &core.key.dst, sizeof(core.key.src)) == 0;
}

}  // namespace vedette
