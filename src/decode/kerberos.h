// Decoder of Kerberos 5 (RFC 4120 §5, over UDP and, with a length before each message, over TCP, §7.2.2):
// which message is sent and answered, in which realm, by whom and for which service.
//
// Facts: request and reply ("AS-REQ", "KRB-ERROR" …), realm, client_name, server_name, error_code.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_kerberos_tcp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_kerberos_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
