// Decoder of LLMNR (RFC 4795) over UDP and TCP: DNS messages on port 5355, one name to a query, asked of a
// multicast address and answered from each answerer's own, which is a flow of its own.
//
// Facts: query, type, class where it isn't IN, opcode where it isn't QUERY, rcode, answers, min_ttl,
// latency_us.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_llmnr_udp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_llmnr_tcp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
