// Decoder of L2TP's control connection over UDP, versions 2 and 3 (RFC 2661 §3.1 and §4.1, RFC 3931
// §4.1.2.1): a control message says its length and begins with its type.
//
// app_version: 2 or 3. Facts: host_name, vendor (of the first message that tells them).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_l2tp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
