// Decoder of the rsync daemon's protocol by its greeting, which both sides say (rsync's clientserver.c and
// rsyncd(5)).
//
// app_version is the lower of both versions: 30.0, 31.0 …. Facts: server_protocol_version,
// client_protocol_version, module.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_rsync(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
