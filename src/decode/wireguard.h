// Decoder of WireGuard (Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", NDSS 2017, §5.4): the
// four messages by type, reserved zeros, length, and the indices that answer each other. Transport messages
// alone are claimed only where both sides count them up.
//
// Facts: handshake (initiation, response, cookie or transport: the furthest that was seen).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_wireguard(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
