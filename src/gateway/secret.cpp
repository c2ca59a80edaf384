#include "gateway/secret.h"

#include <sodium.h>

#include <vector>

namespace vedette {

namespace {

std::string hex(const std::uint8_t* bytes, std::size_t size) {
  std::string text(size * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, size);
  text.pop_back();
  return text;
}

}  // namespace

Result<void> begin_secrets() {
  if (sodium_init() < 0) return failed("libsodium", "can't be begun: there is no source of random bytes");
  return {};
}

std::string random_token(std::size_t bytes) {
  std::vector<std::uint8_t> random(bytes);
  randombytes_buf(random.data(), random.size());
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes, kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), kVariant);
  text.pop_back();
  sodium_memzero(random.data(), random.size());
  return text;
}

std::string random_id() {
  std::array<std::uint8_t, 8> random{};
  randombytes_buf(random.data(), random.size());
  return hex(random.data(), random.size());
}

Digest digest_of(std::string_view secret) {
  Digest digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(secret.data()),
                     secret.size(), nullptr, 0);
  return digest;
}

bool same_secret(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool same_digest(const Digest& left, const Digest& right) {
  return sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string digest_text(const Digest& digest) {
  return hex(digest.data(), digest.size());
}

std::optional<Digest> parse_digest(std::string_view text) {
  Digest digest{};
  std::size_t size = 0;
  if (text.size() != digest.size() * 2 ||
      sodium_hex2bin(digest.data(), digest.size(), text.data(), text.size(), nullptr, &size, nullptr) != 0)
    return std::nullopt;
  return size == digest.size() ? std::optional(digest) : std::nullopt;
}

}  // namespace vedette
