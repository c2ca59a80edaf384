// Decoder of NoMachine's connection over TCP (port 4000): each side begins with a line of its name and
// version, "NXSH-8.10.1" the client's and "NXD-8.10.1" the server's. What follows is TLS, and is handed on.
// NoMachine publishes no specification: the lines are as its programs and nxcomp's source (nxproxy) send
// them.
//
// Facts: client_version, server_version.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_nomachine(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
