// TLS messages and records for tests, layer in layer: record(message(1, client_hello({...}))). Lengths are
// right.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "tests/packet_builder.h"

namespace vedette::tests {

inline Bytes vector8(const Bytes& inside) {
  return Bytes{static_cast<std::uint8_t>(inside.size())} + inside;
}
inline Bytes vector16(const Bytes& inside) {
  return be16(inside.size()) + inside;
}
inline Bytes list16(const std::vector<std::uint16_t>& values) {
  Bytes bytes;
  for (const std::uint16_t value : values) bytes = bytes + be16(value);
  return bytes;
}

inline Bytes tls_extension(std::uint16_t type, const Bytes& content) {
  return be16(type) + vector16(content);
}
// RFC 6066 §3.
inline Bytes server_name(std::string_view name) {
  return tls_extension(0, vector16(Bytes{0} + vector16(text(name))));
}
// RFC 7301 §3.1.
inline Bytes alpn(const std::vector<std::string_view>& names) {
  Bytes list;
  for (const std::string_view name : names) list = list + vector8(text(name));
  return tls_extension(16, vector16(list));
}
// RFC 8446 §4.2.1, as the client sends it and as the server does.
inline Bytes supported_versions(const std::vector<std::uint16_t>& versions) {
  return tls_extension(43, vector8(list16(versions)));
}
inline Bytes selected_version(std::uint16_t version) {
  return tls_extension(43, be16(version));
}

struct ClientHelloSays {
  std::uint16_t version = 0x0303;
  std::vector<std::uint16_t> ciphers = {0x1301, 0xc02f};
  Bytes extensions = {};
  bool any_extensions = true;  // false: the hello ends before them
};

inline Bytes client_hello(const ClientHelloSays& says) {
  return be16(says.version) + Bytes(32, 0x11) + vector8(Bytes(32, 0x22)) + vector16(list16(says.ciphers)) +
         vector8({0}) + (says.any_extensions ? vector16(says.extensions) : Bytes{});
}

struct ServerHelloSays {
  std::uint16_t version = 0x0303;
  std::uint16_t cipher = 0x1301;
  Bytes extensions = {};
  Bytes random = Bytes(32, 0x33);
};

inline Bytes server_hello(const ServerHelloSays& says) {
  return be16(says.version) + says.random + vector8(Bytes(32, 0x22)) + be16(says.cipher) + Bytes{0} +
         vector16(says.extensions);
}

// RFC 8446 §4.1.3.
inline Bytes retry_random() {
  return {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
          0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
}

inline Bytes message(std::uint8_t type, const Bytes& body) {
  return Bytes{type, static_cast<std::uint8_t>(body.size() >> 16)} + be16(body.size() & 0xffff) + body;
}

inline Bytes record(const Bytes& content, std::uint8_t type = 22, std::uint16_t version = 0x0301) {
  return Bytes{type} + be16(version) + vector16(content);
}

// The same content in records of `size` bytes.
inline Bytes records(const Bytes& content, std::size_t size) {
  Bytes all;
  for (std::size_t at = 0; at < content.size(); at += size) {
    const auto begin = content.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = begin + static_cast<std::ptrdiff_t>(std::min(size, content.size() - at));
    all = all + record(Bytes(begin, end));
  }
  return all;
}

}  // namespace vedette::tests
