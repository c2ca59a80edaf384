// STUN and TURN over UDP and TCP (RFC 8489, RFC 8656; RFC 3489's without the magic cookie).
//
// Over UDP a flow is told once, when something else than STUN comes in it (DTLS, RTP: handed on), or when so
// many messages came that nothing else may come; its keep-alives are not told again.
// Facts: method (of the first request), client_software, server_software (SOFTWARE), status (an error's code
// in the first response).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_stun_tcp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_stun_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
