// Decoder of Telnet (RFC 854) by its negotiation of options (RFC 855): text alone is nobody's.
//
// Facts: server_options, client_options (what each side asks for or offers first: "DO TERMINAL TYPE"),
// terminal_type (RFC 1091).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_telnet(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
