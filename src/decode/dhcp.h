// Decoder of DHCP over IPv4 (RFC 2131, options RFC 2132, FQDN RFC 4702): a message is one handshake, for a
// client without an address and its server don't meet in one flow. BOOTP without the options' magic is not
// told.
//
// Facts: message_type (DISCOVER, OFFER, …), client_mac, hostname, client_fqdn, vendor_class, client_address
// (that it has already), requested_address, assigned_address, server_address (its identifier), relay_address,
// routers, dns_servers, domain, lease_time_s, fingerprint (the options that it asks for, in its order:
// "1,3,6,15").
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_dhcp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
