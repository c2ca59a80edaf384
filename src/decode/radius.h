// Decoder of RADIUS (RFC 2865, 2866, 5176) over UDP, on its ports: one handshake a flow, of its first request
// and that request's answer.
//
// Facts: request and response ("Access-Request", "Access-Accept" …), user, nas_address, nas_identifier,
// calling_station, called_station.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_radius(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
