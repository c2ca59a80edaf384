#include "decode/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <iterator>

namespace vedette {

namespace {

std::string digest_hex(const EVP_MD* kind, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, kind, nullptr) != 1) return {};
  std::string hex;
  hex.reserve(std::size_t{2} * size);
  for (unsigned i = 0; i < size; i++) fmt::format_to(std::back_inserter(hex), "{:02x}", digest[i]);
  return hex;
}

}  // namespace

std::string md5_hex(std::string_view text) {
  return digest_hex(EVP_md5(), text);
}

std::string sha1_hex(std::string_view text) {
  return digest_hex(EVP_sha1(), text);
}

std::string sha256_hex(std::string_view text) {
  return digest_hex(EVP_sha256(), text);
}

}  // namespace vedette
