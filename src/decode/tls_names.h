// Names of what TLS and DTLS have numbers for: versions, cipher suites, SRTP profiles.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

// "1.3" … "1.0", "SSL 3.0", "SSL 2.0" (RFC 8446 §4.2.1 and its forerunners); drafts of TLS 1.3 as
// "1.3-draft28", Facebook's as "1.3-fizz23"; DTLS by
// its own numbers, OpenSSL's before 0.9.8f as "1.0-openssl"; any other number as "0x1234".
[[nodiscard]] std::string tls_version_name(std::uint16_t version);

// As IANA's registry of TLS Cipher Suites has it, "TLS_AES_128_GCM_SHA256"; empty where it has none.
[[nodiscard]] std::string_view tls_cipher_name(std::uint16_t suite);

// The name, or "0x1234".
[[nodiscard]] std::string tls_cipher_text(std::uint16_t suite);

// As IANA's registry of DTLS-SRTP Protection Profiles has it, "SRTP_AES128_CM_HMAC_SHA1_80", or "0x1234".
[[nodiscard]] std::string srtp_profile_text(std::uint16_t profile);

}  // namespace vedette
