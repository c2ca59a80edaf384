// Decoder of RFB, which VNC speaks (RFC 6143 §7.1): version lines of both sides and the security types
// offered.
//
// app_version is the lower of both versions: 3.8, 3.3 …. Facts: server_protocol_version,
// client_protocol_version, security_types.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_vnc(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
