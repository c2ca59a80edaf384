// Redis over TCP (RESP2 and RESP3, redis.io "Redis serialization protocol specification"): the first command
// and its reply. Servers that speak the same (Valkey, KeyDB, Dragonfly) look the same.
//
// Facts: command (in capitals), server_software ("redis 7.2.4", of replies to HELLO and INFO),
// login_failures, logged_in (of the log-ins that the connection begins with). No argument of a command is
// told: keys and passwords stand there. The version is RESP3 where HELLO 3 was accepted, else RESP2.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_redis(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
