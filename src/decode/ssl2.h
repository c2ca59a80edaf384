// SSL 2 (Hickman, "The SSL Protocol", 1995, §5.1, §5.5 and §5.6; RFC 6101 appendix E, RFC 5246 appendix E.2):
// the ClientHello that SSL 2 clients send, and that later ones sent so as to be understood by an SSL 2
// server; and the ServerHello of SSL 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vedette {

struct Ssl2Hello {
  enum class Kind : std::uint8_t { kNone, kMore, kClient, kServer };
  Kind kind = Kind::kNone;
  std::uint16_t version = 0;  // the highest that the client offers (0x0002, 0x0300 …), or the server's
  std::size_t need = 0;       // with kMore: bytes of the head from which on there is more to say
};

// What `head` begins with. Every length in the message must agree with the record's, as its few fixed bytes
// alone could be anybody's.
[[nodiscard]] Ssl2Hello parse_ssl2(std::span<const std::uint8_t> head);

}  // namespace vedette
