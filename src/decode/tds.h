// Decoder of TDS, which Microsoft SQL Server and Sybase speak (MS-TDS §2.2; TDS 5.0 Functional
// Specification): what both say before the login, and a login that is in clear. A connection whose begin the
// capture lacks is told by the headers and first tokens of both sides. TLS stands inside TDS' own packets, so
// the flow isn't handed on.
//
// app_version is the login's: 7.4, 7.1 …. Facts: server_version, client_version, encryption (off, on,
// not_supported, required; the server's word), client_host, user, application_name, database, login_failures,
// logged_in.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_tds(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
