// Decoder of DHCP for IPv6 (RFC 8415; FQDN RFC 4704), on ports 546 and 547: a message is one handshake. What
// a relay passes on is told as the message inside.
//
// Facts: message_type (SOLICIT, ADVERTISE, …), relayed_for (the client's address, as the relay names it),
// client_duid and server_duid (hex), hostname, vendor_class, requested_addresses or, of a server,
// assigned_addresses (addresses and prefixes), dns_servers, fingerprint (the options that it asks for, in its
// order: "23,24").
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_dhcpv6(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
