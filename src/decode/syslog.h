// Decoder of syslog over UDP: RFC 5424, and RFC 3164's form with its many variants, on port 514; elsewhere
// only what has the date that one of both wants. One handshake a flow, of its first message.
//
// app_version: "rfc5424" or "rfc3164". Facts: facility, severity (names of RFC 5424 §6.2.1), hostname and
// app_name, as far as the message says them in the standard way.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_syslog(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
