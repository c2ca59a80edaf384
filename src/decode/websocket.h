// WebSocket (RFC 6455), behind the upgrade that named it: the data frames of each direction, unmasked and one
// behind another, are a stream in which any protocol may be spoken, and what is found there is told. Frames
// say nothing themselves that an upgrade's answer doesn't (websocket, subprotocol), so nothing else is told.
//
// Text and binary messages alike; a compressed message (RFC 7692) ends what is read of its direction.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_websocket(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
