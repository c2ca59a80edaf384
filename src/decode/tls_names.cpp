#include "decode/tls_names.h"

#include <fmt/format.h>

namespace vedette {

std::string tls_version_name(std::uint16_t version) {
  switch (version) {
    case 0x0304:
      return "1.3";
    case 0x0303:
      return "1.2";
    case 0x0302:
      return "1.1";
    case 0x0301:
      return "1.0";
    case 0x0300:
      return "SSL 3.0";
    case 0x0002:
      return "SSL 2.0";
    case 0xfeff:
      return "1.0";
    case 0xfefd:
      return "1.2";
    case 0xfefc:
      return "1.3";
    case 0x0100:
      return "1.0-openssl";
    default:
      break;
  }
  if (version >> 8 == 0x7f) return fmt::format("1.3-draft{:02}", version & 0xff);
  if (version >> 8 == 0xfb) return fmt::format("1.3-fizz{:02}", version & 0xff);
  return fmt::format("0x{:04x}", version);
}

std::string tls_cipher_text(std::uint16_t suite) {
  const std::string_view name = tls_cipher_name(suite);
  return name.empty() ? fmt::format("0x{:04x}", suite) : std::string(name);
}

std::string srtp_profile_text(std::uint16_t profile) {
  switch (profile) {
    case 0x0001:
      return "SRTP_AES128_CM_HMAC_SHA1_80";
    case 0x0002:
      return "SRTP_AES128_CM_HMAC_SHA1_32";
    case 0x0005:
      return "SRTP_NULL_HMAC_SHA1_80";
    case 0x0006:
      return "SRTP_NULL_HMAC_SHA1_32";
    case 0x0007:
      return "SRTP_AEAD_AES_128_GCM";
    case 0x0008:
      return "SRTP_AEAD_AES_256_GCM";
    case 0x0009:
      return "DOUBLE_AEAD_AES_128_GCM_AEAD_AES_128_GCM";
    case 0x000a:
      return "DOUBLE_AEAD_AES_256_GCM_AEAD_AES_256_GCM";
    default:
      return fmt::format("0x{:04x}", profile);
  }
}

}  // namespace vedette
