// DTLS messages, fragments and records for tests: dtls_record(dtls_message(1, 0, dtls_client_hello({...}))).
// Lengths are right.
#pragma once

#include <algorithm>
#include <vector>

#include "hello_builder.h"

namespace vedette::tests {

// RFC 6347 §4.2.1: TLS's with a cookie behind the session's id.
inline Bytes dtls_client_hello(const ClientHelloSays& says, const Bytes& cookie = {}) {
  return be16(says.version) + Bytes(32, 0x11) + vector8(Bytes(32, 0x22)) + vector8(cookie) +
         vector16(list16(says.ciphers)) + vector8({0}) +
         (says.any_extensions ? vector16(says.extensions) : Bytes{});
}

inline Bytes be24(std::size_t value) {
  return Bytes{static_cast<std::uint8_t>(value >> 16)} + be16(value & 0xffff);
}

// RFC 6347 §4.2.2: bytes `offset` to `offset + length` of the message.
inline Bytes dtls_fragment(std::uint8_t type, std::uint16_t sequence, const Bytes& body, std::size_t offset,
                           std::size_t length) {
  const auto begin = body.begin() + static_cast<std::ptrdiff_t>(offset);
  return Bytes{type} + be24(body.size()) + be16(sequence) + be24(offset) + be24(length) +
         Bytes(begin, begin + static_cast<std::ptrdiff_t>(length));
}

inline Bytes dtls_message(std::uint8_t type, std::uint16_t sequence, const Bytes& body) {
  return dtls_fragment(type, sequence, body, 0, body.size());
}

inline Bytes dtls_record(const Bytes& content, std::uint8_t type = 22, std::uint16_t epoch = 0,
                         std::uint16_t version = 0xfefd) {
  return Bytes{type} + be16(version) + be16(epoch) + Bytes(6, 0) + vector16(content);
}

}  // namespace vedette::tests
