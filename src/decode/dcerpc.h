// Decoder of DCE/RPC over TCP (The Open Group C706, chapter 12; [MS-RPCE]): which interfaces a client binds
// to.
//
// Facts: interfaces ("e1af8308-5d1f-11c9-91a4-08002b14a0fa v3.0"), bind_result ("accepted" or "rejected").
// The version is that of the protocol, "5.0".
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_dcerpc(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
