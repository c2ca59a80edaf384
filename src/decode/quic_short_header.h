// A QUIC connection told by its short headers alone (RFC 9000 §17.3), as a capture or a sensor sees it that
// began in the connection's middle. They bear no version; all that shows is that a client names the server's
// connection ID in every packet, while what stands around it is encrypted.
#pragma once

#include "decode/decoder.h"

namespace vedette {

// False as long as what is known doesn't suffice. Connection IDs of eight bytes and more are seen, to port
// 443.
[[nodiscard]] bool shows_short_headers(const Heads& heads);

// The form that each of a connection's packets has.
[[nodiscard]] bool may_be_short_header(std::span<const std::uint8_t> datagram);

}  // namespace vedette
