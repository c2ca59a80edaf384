// Decoder of NTP versions 1 to 4 (RFC 1059, 1119, 1305, 5905; control messages RFC 9327), on port 123: one
// handshake a flow, of the first message that each side sent. The version is the server's, or else the
// client's.
//
// Facts: mode (client, server, broadcast, symmetric active, symmetric passive, control, private), of the
// server: stratum, reference_id (a clock's name of stratum 1, a kiss code of 0, or else the source's
// address); of control and private messages: request ("monlist", "read variables" …), which amplification
// attacks abuse.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_ntp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
