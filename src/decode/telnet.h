// Decoder of Telnet (RFC 854) by its negotiation of options (RFC 855): text alone is nobody's. The log-ins
// behind it are told too (decode/telnet_logins.h).
//
// Facts: server_options, client_options (what each side asks for or offers first: "DO TERMINAL TYPE"),
// terminal_type (RFC 1091), login_failures, logged_in.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_telnet(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
