#include "decode/quic_protection.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace vedette {

namespace {

constexpr std::size_t kTag = 16;
constexpr std::size_t kSample = 16;

using Secret = std::array<std::uint8_t, 32>;  // SHA-256's

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* cipher) const { EVP_CIPHER_CTX_free(cipher); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

Secret hmac(std::span<const std::uint8_t> key, std::span<const std::uint8_t> message) {
  Secret secret{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), secret.data(),
       &size);
  return secret;
}

// HKDF-Expand-Label without context (RFC 8446 §7.1), of no more than one block (RFC 5869 §2.3).
template <std::size_t kSize>
std::array<std::uint8_t, kSize> expand(const Secret& secret, std::string_view label_end) {
  static_assert(kSize <= sizeof(Secret));
  const std::string label = "tls13 " + std::string(label_end);
  std::vector<std::uint8_t> info = {0, static_cast<std::uint8_t>(kSize),
                                    static_cast<std::uint8_t>(label.size())};
  info.insert(info.end(), label.begin(), label.end());
  info.push_back(0);  // the context's length
  info.push_back(1);  // the block's number
  const Secret block = hmac(secret, info);
  std::array<std::uint8_t, kSize> out;
  std::copy_n(block.begin(), kSize, out.begin());
  return out;
}

// RFC 9001 §5.4.3: of a sample encrypted, what the first byte and the packet number are XORed with.
std::optional<std::array<std::uint8_t, kSample>> header_mask(std::span<const std::uint8_t, 16> key,
                                                             std::span<const std::uint8_t> sample) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::array<std::uint8_t, kSample> mask;
  int size = 0;
  if (!cipher || EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_ecb(), nullptr, key.data(), nullptr) != 1 ||
      EVP_EncryptUpdate(cipher.get(), mask.data(), &size, sample.data(), kSample) != 1)
    return {};
  return mask;
}

}  // namespace

QuicInitialKeys::QuicInitialKeys(const QuicKeying& keying, std::span<const std::uint8_t> id) {
  constexpr std::array<std::string_view, 2> kSenders = {"client in", "server in"};
  const Secret initial = hmac(keying.salt, id);
  const std::string labels(keying.labels);
  for (std::size_t i = 0; i < keys_.size(); i++) {
    const Secret secret = expand<sizeof(Secret)>(initial, kSenders[i]);
    keys_[i].key = expand<16>(secret, labels + "key");
    keys_[i].iv = expand<12>(secret, labels + "iv");
    keys_[i].header_key = expand<16>(secret, labels + "hp");
  }
}

std::optional<std::vector<std::uint8_t>> QuicInitialKeys::open(const QuicPacket& packet,
                                                               QuicSender sender) const {
  constexpr std::size_t kLongestNumber = 4;
  const Keys& keys = keys_[static_cast<std::size_t>(sender)];
  const std::size_t sample_at = packet.number_at + kLongestNumber;
  if (packet.bytes.size() < sample_at + kSample) return {};
  const auto mask = header_mask(keys.header_key, packet.bytes.subspan(sample_at, kSample));
  if (!mask) return {};

  std::vector<std::uint8_t> header(packet.bytes.begin(),
                                   packet.bytes.begin() + static_cast<std::ptrdiff_t>(sample_at));
  header[0] = static_cast<std::uint8_t>(header[0] ^ ((*mask)[0] & 0x0f));
  const std::size_t number_size = (header[0] & 3) + std::size_t{1};
  header.resize(packet.number_at + number_size);
  auto nonce = keys.iv;
  for (std::size_t i = 0; i < number_size; i++) {
    header[packet.number_at + i] ^= (*mask)[i + 1];
    nonce[nonce.size() - number_size + i] ^= header[packet.number_at + i];
  }

  auto sealed = packet.bytes.subspan(header.size());
  std::array<std::uint8_t, kTag> tag{};
  if (packet.whole()) {
    if (sealed.size() < kTag) return {};
    std::ranges::copy(sealed.last(kTag), tag.begin());
    sealed = sealed.first(sealed.size() - kTag);
  } else {
    sealed = sealed.first(std::min(sealed.size(), packet.size - header.size() - kTag));
  }
  if (sealed.empty()) return {};
  std::vector<std::uint8_t> payload(sealed.size());
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  if (!cipher ||
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, keys.key.data(), nonce.data()) != 1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, header.data(), static_cast<int>(header.size())) != 1 ||
      EVP_DecryptUpdate(cipher.get(), payload.data(), &size, sealed.data(),
                        static_cast<int>(sealed.size())) != 1)
    return {};
  if (!packet.whole()) return payload;
  if (EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) != 1 ||
      EVP_DecryptFinal_ex(cipher.get(), payload.data() + payload.size(), &size) != 1)
    return {};
  return payload;
}

}  // namespace vedette
