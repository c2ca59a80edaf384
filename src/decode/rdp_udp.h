// Decoder of the Remote Desktop Protocol's transport over UDP ([MS-RDPEUDP] §2.2): which version of it is
// spoken beside the connection over TCP.
//
// The flow is told as rdp; facts: udp_version ("1", "2", "3"), the lower of both sides'.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_rdp_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
