// Decoder of POP3 (RFC 1939; capabilities: RFC 2449; AUTH: RFC 5034). An STLS (RFC 2595) that the server
// accepts hands the flow on. Passwords are never told.
//
// Facts: server_software (IMPLEMENTATION among the capabilities, or else the greeting's words), user,
// auth_mechanism, starttls (offered, accepted or refused).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_pop3(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
