// Decoder of PPTP's control connection (RFC 2637 §2.1 and §2.2): known by its magic cookie.
//
// app_version is the protocol version: 1.0. Facts: client_host, client_vendor, server_host, server_vendor.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_pptp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
