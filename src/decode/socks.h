// Decoder of SOCKS 4 and 4a (Ying-Da Lee, "SOCKS: A protocol for TCP proxy across firewalls", and its 4A
// extension) and 5 (RFC 1928, with RFC 1929's user names): where the client wants to be connected to. What
// goes through a connection that was granted is handed on.
//
// Facts: command ("connect", "bind", "udp_associate"), requested_host, requested_port, user, methods
// (authentication offered), chosen_method, reply_code. Passwords are not told.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_socks(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
