// HTTP/0.9, 1.0 and 1.1 over TCP (RFC 1945, RFC 9110, RFC 9112): each transaction of a connection, a request
// with its final response, and the DNS within it (RFC 8484). Bodies are passed over, whose length is told or
// that come in chunks (up to a gibibyte, or a chunk of so many).
//
// Facts: method, host (Host field; of the target where that is absolute or CONNECT's; as sent, so with a port
// that it names), path (the request target as sent), user_agent, referer, odd_field (the first other field
// that holds "${" or begins with "() {", from there on), status, server, content_type, location (the
// response's), login_form (1: what was posted has a field for a password), content_length (of the response to
// a POST), grpc, websocket, subprotocol. The version is the request's, else the response's. What stands
// behind CONNECT and Upgrade is handed on, what a WebSocket carries too.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_http1(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
