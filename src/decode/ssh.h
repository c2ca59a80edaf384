// Decoder of SSH 1.x and 2.0 (RFC 4253 §4.2 and §7.1; RFC 4251): the identification lines of both sides, also
// behind lines that a server sends before its own, and the algorithms that both offer.
//
// The version is the one that is spoken: 1.99 stands for "1.x and 2.0", so it is told only of a side that is
// alone. Facts: client_software, server_software (with their comments), client_protocol_version,
// server_protocol_version, kex, host_key, cipher (towards the server), hassh, hassh_server. How log-ins ended
// is a handshake of its own (decode/ssh_login.h): login_failures, logged_in.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_ssh(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
