// Decoder of DTLS over UDP: 1.0 (RFC 4347), 1.2 (RFC 6347), 1.3 (RFC 9147), and what OpenSSL spoke before
// 0.9.8f, which Cisco's AnyConnect still speaks. Tells what the decoder of TLS tells, and the keys of SRTP
// that are agreed on (RFC 5764). A ClientHello that is sent again with the server's cookie counts once.
//
// Facts: offered_versions, chosen_version, sni, alpn, chosen_alpn, ech, srtp_profiles, chosen_srtp_profile,
// cipher, ja3, ja3s, ja4, cert_subject … cert_sha256 as of TLS. Of a connection whose handshake wasn't seen,
// the version.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_dtls(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
