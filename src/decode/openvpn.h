// Decoder of OpenVPN over UDP and TCP (OpenVPN's doxygen "Network protocol";
// draft-schwarze-openvpn-protocol): the resets that both sides begin with. The server's names the client's
// session, or is as much longer as that takes. Where the control channel is in clear (none, tls-auth), the
// TLS connection that it carries is told as a handshake of its own, with TLS' facts. Of a tunnel's
// middle, on port 1194 over UDP: that it is OpenVPN, by the numbers of its data.
//
// Facts: wrapping of the control channel (none, tls-auth, tls-crypt, tls-crypt-v2, as far as lengths tell
// them apart).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_openvpn_tcp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_openvpn_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
