// Apache Kafka over TCP (Kafka protocol guide, "The Messages"): the connection's first request and the
// response with the same correlation id.
//
// Facts: request (its API's name), request_version, client_id, client_software ("apache-kafka-java 3.5.0", of
// ApiVersions from version 3 on).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_kafka(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
