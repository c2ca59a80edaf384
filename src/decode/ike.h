// Decoder of IKE versions 1 and 2 over UDP (RFC 2408 §3.1, RFC 7296 §3.1), also behind the marker of NAT
// traversal (RFC 3948 §2.2). A message says its own length, so one is enough.
//
// app_version: 1 or 2. Facts: exchange (of the first message: main, aggressive, ike_sa_init …).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_ike(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
