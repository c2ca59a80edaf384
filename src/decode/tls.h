// Decoder of SSL 2 to TLS 1.3 over TCP: who is asked for (SNI, ALPN), which versions are offered and which is
// chosen, and the fingerprints of both sides. SSL 2 by its draft, SSL 3 by RFC 6101, TLS by RFC 2246, 4346,
// 5246 and 8446, extensions by RFC 6066 and 7301.
//
// Facts: offered_versions, chosen_version, sni, alpn, chosen_alpn, cipher, ja3, ja3s, ja4. A fingerprint is
// told only of a hello that is whole.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_tls(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
