// Decoder of the Remote Desktop Protocol over TCP ([MS-RDPBCGR]): who wants to log on, which security is
// requested and selected; behind TLS, CredSSP and their kin the connection is handed on, else the versions of
// both sides follow.
//
// Facts: user (the cookie's, which clients cut to nine characters), routing_token, requested_protocols,
// selected_protocol ("rdp", "tls", "credssp", "rdstls", "credssp_ex", "rdsaad"), failure, client_name,
// client_build. The version is told where it is in clear: the lower of both sides', "5.0" to "10.12".
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_rdp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
