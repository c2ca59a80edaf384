// Decoder of SSL 2 to TLS 1.3 over TCP: who is asked for (SNI, ALPN), which versions are offered and which is
// chosen, and the fingerprints of both sides. SSL 2 by its draft, SSL 3 by RFC 6101, TLS by RFC 2246, 4346,
// 5246 and 8446, extensions by RFC 6066 and 7301.
//
// Facts: offered_versions, chosen_version, sni, alpn, chosen_alpn, ech (1: the hello is the outer one of an
// encrypted hello, or looks so), cipher, ja3, ja3s, ja4, and of the server's certificate, which TLS 1.3 no
// longer shows, cert_subject, cert_issuer, cert_serial, cert_not_before_ns, cert_not_after_ns, cert_sans,
// cert_sha1, cert_sha256. A fingerprint is told only of a hello that is whole.
// Of a connection whose hellos were not seen its records tell that it is TLS, and no more.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_tls(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
