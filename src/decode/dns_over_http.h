// DNS queries within HTTP (RFC 8484): the message in a GET's target (dns=, base64url) or in a POST's content,
// the answer in the response's.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "decode/decoder.h"

namespace vedette {

// What of an HTTP transaction matters here; of what was not seen, nothing.
struct DnsOverHttp {
  std::string_view method, target, accept, request_type, response_type;  // types: of the content

  // It carries a query, or the answer to one.
  [[nodiscard]] bool is_one() const;
};

// Appends what `dns` tells of it. Contents are whole, or empty; `times` are when request and response came.
void decode_dns_over_http(const DnsOverHttp& dns, std::span<const std::uint8_t> request_content,
                          std::span<const std::uint8_t> response_content,
                          const std::array<Nanoseconds, 2>& times, Handshakes& handshakes);

}  // namespace vedette
