// QUIC: versions 1 (RFC 9000, RFC 9001) and 2 (RFC 9369), drafts 22 to 34, Meta's, Picoquic's, and Google's
// own from Q024 to Q050 and T050, T051. The protection of Initial packets is removed, version negotiation and
// Retry are followed; the version told is the one that is spoken in the end. Of a client that forces a
// negotiation with a reserved number and gives up, none is.
//
// Tells offered_versions, chosen_version, sni, alpn, cipher, ja3, ja3s, ja4 as of TLS; user_agent (Google's
// clients: UAID, or a transport parameter), proof_demand (Q050 and before: PDMD), quic_version (the number),
// server_quic_versions (of a version negotiation). What server and client agreed on of ALPN is encrypted.
//
// Packets with a short header have nothing to tell QUIC by: a flow of those alone is not claimed.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_quic(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
