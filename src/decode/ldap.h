// Decoder of LDAP 2 and 3 (RFC 1777, RFC 4511) over TCP, and over UDP as Active Directory's clients ping
// their controllers ([MS-ADTS] §6.3.3, RFC 1798): who binds and how, and what comes of it. Behind a StartTLS
// that the server accepts (RFC 4511 §4.14) the connection is handed on.
//
// Facts: request and reply (of the first operation: "bindRequest", "searchResEntry" …), bind_dn,
// bind_mechanism
// ("simple", or SASL's), base_dn of a search, result_code, starttls (1).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_ldap_tcp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_ldap_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
