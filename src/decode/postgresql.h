// Decoder of PostgreSQL's frontend/backend protocol 2.0 and 3.x (PostgreSQL documentation, "Frontend/Backend
// Protocol", Message Formats): who asks for which database, and which server answers. An SSLRequest that the
// server accepts hands the flow on; an encryption by GSSAPI ends what can be read.
//
// Facts: starttls (accepted, refused), user, database, application_name, auth_method, server_software (its
// version), request (cancel).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_postgresql(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
