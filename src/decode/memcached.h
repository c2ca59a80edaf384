// Decoder of memcached's text protocol over TCP, and over UDP behind its frame header (memcached's
// protocol.txt): a command and an answer that fits it. UDP is what amplification attacks use, so a command
// alone is told there too.
//
// Facts: command, server_software (the answer to "version").
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_memcached_tcp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_memcached_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
