// RTSP over TCP (RFC 2326, RFC 7826): the connection's first request and the response to it.
//
// Facts: method, uri, user_agent, status, server. The version is the request's, else the response's.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_rtsp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
