// Decoder of IMAP (RFC 9051 and 3501): the server's greeting and revision, what both say of themselves (ID,
// RFC 2971), and who logs in. A STARTTLS that the server accepts hands the flow on. Passwords are never told.
//
// app_version is the highest revision among the capabilities: 4rev2, 4rev1. Facts: server_software (ID's name
// and version, or else the greeting's words), client_software (ID), user, auth_mechanism, starttls (offered,
// accepted or refused).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_imap(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
