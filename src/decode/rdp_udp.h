// Decoder of the Remote Desktop Protocol's transport over UDP ([MS-RDPEUDP] §2.2, [MS-RDPEUDP2]): which
// version of it is spoken beside the connection over TCP, and the TLS (or, where it is lossy, DTLS)
// connection that it carries, which is told as a handshake of its own. Where its SYNs weren't seen, versions
// 1 and 2 are known by data that is whole records of TLS.
//
// The flow is told as rdp; facts: udp_version ("1", "2", "3"), the lower of both sides', and transport
// (reliable, lossy).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_rdp_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
