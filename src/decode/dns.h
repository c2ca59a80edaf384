// Decoder of DNS over UDP and TCP (RFC 1035; EDNS RFC 6891; NOTIFY 1996; UPDATE 2136): a transaction is one
// handshake, whose time is its query's. Messages on other ports than 53 must be whole and right in every
// field.
//
// Facts: query (as it was asked; "." is the root), type, class where it isn't IN, opcode where it isn't
// QUERY, queries ("NAME TYPE" each) where there are several, rcode, answers (of the answer section, in its
// order), min_ttl (seconds, theirs), latency_us (first query to answer), flags (of the answer, or else of the
// query). An answer whose query was not seen has no latency_us; a query that was not answered has no rcode.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_dns_udp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_dns_tcp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
