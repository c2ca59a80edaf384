// SIP over UDP and TCP (RFC 3261): the flow's first request and the first final response that the other end
// gave; a provisional one (1xx) where no other came.
//
// Facts: method, uri, from, to (their URIs), user_agent (of the request), status, server (of the response).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_sip_tcp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_sip_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
