// Modbus/TCP (Modbus Messaging on TCP/IP Implementation Guide 1.0b §3.1, Application Protocol 1.1b3 §6): the
// first request and its response. A header proves little, so both are wanted, or port 502.
//
// Facts: function (its number), unit, exception (of the response).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_modbus(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
