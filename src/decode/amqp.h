// AMQP over TCP: the protocol header (AMQP 0-9-1 §4.2.2, 1.0 §2.2) and, of 0-8 to 0-9-1, what server and
// client say of themselves in Connection.Start and Connection.StartOk.
//
// Facts: server_software, client_software ("RabbitMQ 3.8.9"), mechanism (that the client chose to
// authenticate by). The version is the client's, else the server's.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_amqp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
