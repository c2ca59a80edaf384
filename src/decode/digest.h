// Digests that fingerprints are made of, by OpenSSL's libcrypto, as lower-case hex.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

// RFC 1321; empty where the library refuses it (FIPS mode).
[[nodiscard]] std::string md5_hex(std::string_view text);

// FIPS 180-4.
[[nodiscard]] std::string sha1_hex(std::string_view text);
[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace vedette
