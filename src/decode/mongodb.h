// MongoDB's wire protocol over TCP (MongoDB manual, "Wire Protocol"): the first message of each end, of which
// the client's is usually a hello, and the log-in behind it where that announces one (MongoDB specifications,
// "Authentication").
//
// Facts: command ("hello", "isMaster", "find"), client_software ("PyMongo 4.3.2"), application (what the
// client calls itself), max_wire_version (the server's), login_failures, logged_in.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_mongodb(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
