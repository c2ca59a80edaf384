// Decoder of TFTP's requests (RFC 1350, options RFC 2347), on any port: the server answers from another,
// which is a flow of its own.
//
// Facts: operation (read, write), filename, mode (netascii, octet, mail).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_tftp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
