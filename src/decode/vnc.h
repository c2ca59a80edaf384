// Decoder of RFB, which VNC speaks (RFC 6143 §7.1, §7.2.2): version lines of both sides, the security types
// offered, and how VNC's own authentication ends.
//
// app_version is the lower of both versions: 3.8, 3.3 …. Facts: server_protocol_version,
// client_protocol_version, security_types, login_failures, logged_in.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_vnc(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
