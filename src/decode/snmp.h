// Decoder of SNMP v1 (RFC 1157), v2c (RFC 1901, 3416) and v3 (RFC 3412, 3414) over UDP, whose messages are
// BER all through: on any port. One handshake a flow, of its first message; of v3 of the first that names a
// user, for before that a client only asks for the engine's identity.
//
// Facts: pdu (get, response, trap …), community (sent in clear), oid (of the first variable), of v3: user,
// engine_id (hex), security_level (noAuthNoPriv, authNoPriv, authPriv); of an encrypted message there is no
// pdu.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_snmp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
