// Decoder of Oracle's TNS by its Connect packet and the answer to it (as Wireshark's and Nmap's dissectors
// describe them; Oracle publishes no text).
//
// app_version is the TNS version that the server accepts, or else the client offers: 314, 315 …. Facts:
// service_name (or SID), client_software (PROGRAM), client_host, user (of the client's system), answer
// (accept, refuse, redirect).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_oracle(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
