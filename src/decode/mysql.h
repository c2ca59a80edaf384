// Decoder of MySQL's and MariaDB's protocol 9 and 10 (MySQL Internals, "Connection Phase"; MariaDB,
// "Connecting"): the server's greeting and the client's login. A client's SSLRequest hands the flow on.
//
// app_version is the greeting's protocol version. Facts: server_software (the greeting's version, without the
// "5.5.5-" that MariaDB puts before its own), user, database, client_software (connection attributes),
// auth_plugin, error (the number that a server refuses by), login_failures, logged_in.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_mysql(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
