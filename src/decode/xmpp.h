// Decoder of XMPP over TCP (RFC 6120): which stream is opened to whom. Behind a STARTTLS that the server
// accepts (§5) the connection is handed on.
//
// Facts: host (the stream's "to"), stream_namespace ("jabber:client", "jabber:server"), server (the "from" of
// whom answers), starttls (1). The version is the stream's, "1.0"; one without is of before RFC 3920.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_xmpp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
