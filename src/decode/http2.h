// HTTP/2 in clear (RFC 9113): by prior knowledge, or behind an HTTP/1.1 upgrade to h2c. Tells the requests of
// the connection's first bytes, each with its response, and the DNS within them (RFC 8484); promised ones are
// passed over.
//
// Facts: as HTTP/1's: method, host (:authority, else the Host field), path, user_agent, referer, status,
// server, content_type, location (the response's), login_form, content_length; grpc = 1 where the request's
// content is gRPC.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_http2(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
