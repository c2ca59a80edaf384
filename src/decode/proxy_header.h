// Decoder of HAProxy's PROXY protocol, versions 1 and 2 (Willy Tarreau, "The PROXY protocol", 2020): what a
// proxy says, in front of a connection's bytes, of the connection that it stands for. The rest is handed on.
//
// Facts: proxied_src_ip, proxied_src_port, proxied_dst_ip, proxied_dst_port; authority and alpn where they
// are sent.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_proxy_header(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
