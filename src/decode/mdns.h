// Decoder of multicast DNS (RFC 6762), on port 5353: a message is one handshake, for questions and answers
// are sent to all, by anybody, in any order.
//
// Facts: message ("query" or "response"), query (what the first question asks for, or else the name that the
// first answer is about), type (of the same), class where it isn't IN, queries ("NAME TYPE" each) where there
// are several questions; of a response rcode, answers, min_ttl (seconds, theirs).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_mdns(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
