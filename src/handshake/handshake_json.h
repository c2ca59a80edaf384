// A handshake as the contract's "A handshake" says: what `vedette read --show handshakes` writes.
#pragma once

#include "base/json_writer.h"
#include "handshake/handshake_tracker.h"

namespace vedette {

// Appends one object as the writer's next value.
void write_handshake(JsonWriter& json, const HandshakeView& view);

}  // namespace vedette
