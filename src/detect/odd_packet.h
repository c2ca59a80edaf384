// Which packets detectors get one by one, live too: those that a flow's counters don't tell enough of.
#pragma once

#include "abi/packet.h"

namespace vedette {

// ARP; ICMP and ICMPv6 that isn't an echo; fragments; malformed ones; those with IPv4 options or IPv6
// extension headers; DHCP; and those that claim to come from their own destination.
[[nodiscard]] bool is_odd(const vdt_packet& packet);

}  // namespace vedette
