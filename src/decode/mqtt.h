// MQTT 3.1, 3.1.1 and 5.0 over TCP: CONNECT and CONNACK (OASIS mqtt-v3.1.1 and mqtt-v5.0, §3.1 and §3.2).
// Where the CONNECT wasn't seen, a CONNACK of version 5 is known by its properties, and on port 1883 a ping
// by the answer to it.
//
// Facts: client_id, username, return_code (CONNACK's: 0 = accepted). The password is not told.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_mqtt(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
