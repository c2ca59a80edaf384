// Decoder of the git:// transport by its request (Git's "gitprotocol-pack" and "gitprotocol-v2"): a pkt-line
// with a service, a path and a host.
//
// app_version is the protocol version that the server answers with: 2, 1, or else 0. Facts: service, path,
// host.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_git(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
