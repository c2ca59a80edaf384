// Decoder of the NetBIOS name service over UDP, port 137 (RFC 1002 §4.2): queries, registrations and releases
// of names, node status. Answers to a broadcast come to the asker's port from each answerer's address, which
// is a flow of its own.
//
// Facts: opcode where it isn't QUERY, query (the name decoded, with its scope, without the blanks that pad
// it), name_suffix (its sixteenth byte as hex: "20" is a file server), type (NB, NBSTAT), rcode, answers
// (addresses; of a node status its names, "NAME<suffix>"), min_ttl, latency_us.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_nbns(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
