// Decoder of FTP's control connection (RFC 959): the server's greeting, who logs in, and what both say of
// themselves. An AUTH TLS (RFC 4217) that the server accepts hands the flow on. Passwords are never told.
//
// Facts: server_software (the greeting's words), system (SYST), client_software (CLNT), user, auth_mechanism
// with starttls (accepted).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_ftp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
