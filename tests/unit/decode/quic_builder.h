// QUIC packets for tests, protected: initial(client, crypto(0, message(1, client_hello({...})))). The keys
// are derived by OpenSSL's own HKDF; quic_protection_test.cpp holds what is built here to the RFCs' samples.
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <array>
#include <string>
#include <string_view>

#include "hello_builder.h"
#include "quic_samples.h"

namespace vedette::tests {

inline constexpr std::uint32_t kQuic1 = 1, kQuic2 = 0x6b3343cf;

// Which keys an Initial packet is protected with, and what its header says.
struct InitialSays {
  std::uint32_t version = kQuic1;
  std::string_view salt = "38762cf7f55934b34d179ae6a4c80cadccbb7f0a";
  std::string_view labels = "quic ";
  std::uint8_t type = 0;                 // the long packet type's number
  Bytes first_id = from_hex(kSampleId);  // the client's first destination
  bool server = false;
  Bytes destination = from_hex(kSampleId);
  Bytes source = {};
  Bytes token = {};
  std::uint32_t number = 0;
  std::size_t number_size = 4;
};

inline InitialSays version2(InitialSays says) {
  says.version = kQuic2;
  says.salt = "0dede3def700a6db819381be6e269dcbf9bd2ed9";
  says.labels = "quicv2 ";
  says.type = 1;
  return says;
}

// The same connection's other side: `own` is the ID that the server chose.
inline InitialSays answer_to(InitialSays client, const Bytes& own = {0xf0, 0x67, 0xa5, 0x50}) {
  client.server = true;
  client.destination = client.source;
  client.source = own;
  client.token = {};
  return client;
}

// RFC 9000 §16, in two or in eight bytes.
inline Bytes varint(std::size_t value) {
  return be16(0x4000 | value);
}
inline Bytes long_varint(std::uint64_t value) {
  return be32(0xc0000000 | value >> 32) + be32(value & 0xffffffff);
}

inline Bytes crypto(std::size_t offset, const Bytes& data, std::uint8_t type = 6) {
  return Bytes{type} + varint(offset) + varint(data.size()) + data;
}
// `from` to before `to`, as a CRYPTO frame.
inline Bytes crypto_part(const Bytes& stream, std::size_t from, std::size_t to) {
  const auto at = [&](std::size_t offset) { return stream.begin() + static_cast<std::ptrdiff_t>(offset); };
  return crypto(from, Bytes(at(from), at(to)));
}

inline Bytes hkdf(int mode, const Bytes& key, const Bytes& salt_or_info, std::size_t size) {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr);
  EVP_PKEY_derive_init(context);
  EVP_PKEY_CTX_set_hkdf_mode(context, mode);
  EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256());
  EVP_PKEY_CTX_set1_hkdf_key(context, key.data(), static_cast<int>(key.size()));
  if (mode == EVP_PKEY_HKDEF_MODE_EXTRACT_ONLY)
    EVP_PKEY_CTX_set1_hkdf_salt(context, salt_or_info.data(), static_cast<int>(salt_or_info.size()));
  else
    EVP_PKEY_CTX_add1_hkdf_info(context, salt_or_info.data(), static_cast<int>(salt_or_info.size()));
  Bytes out(size);
  EVP_PKEY_derive(context, out.data(), &size);
  EVP_PKEY_CTX_free(context);
  return out;
}
// RFC 8446 §7.1.
inline Bytes expand_label(const Bytes& secret, std::string_view label, std::size_t size) {
  return hkdf(EVP_PKEY_HKDEF_MODE_EXPAND_ONLY, secret,
              be16(size) + vector8(text("tls13 ") + text(label)) + Bytes{0}, size);
}

// RFC 9001 §5.3 and §5.4 for a header whose last bytes are its packet number.
inline Bytes protect(const InitialSays& says, Bytes header, const Bytes& frames) {
  const Bytes initial = hkdf(EVP_PKEY_HKDEF_MODE_EXTRACT_ONLY, says.first_id, from_hex(says.salt), 32);
  const Bytes secret = expand_label(initial, says.server ? "server in" : "client in", 32);
  const auto derived = [&](std::string_view name, std::size_t size) {
    return expand_label(secret, std::string(says.labels) + std::string(name), size);
  };
  const Bytes key = derived("key", 16), header_key = derived("hp", 16);
  Bytes nonce = derived("iv", 12);
  for (std::size_t i = 0; i < 4; i++) nonce[8 + i] ^= be32(says.number)[i];

  Bytes sealed(frames.size() + 16);
  int size = 0;
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), nullptr, key.data(), nonce.data());
  EVP_EncryptUpdate(cipher, nullptr, &size, header.data(), static_cast<int>(header.size()));
  EVP_EncryptUpdate(cipher, sealed.data(), &size, frames.data(), static_cast<int>(frames.size()));
  EVP_EncryptFinal_ex(cipher, sealed.data() + size, &size);
  EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, 16, sealed.data() + frames.size());
  EVP_CIPHER_CTX_free(cipher);

  std::array<std::uint8_t, 16> mask{};
  cipher = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(cipher, EVP_aes_128_ecb(), nullptr, header_key.data(), nullptr);
  EVP_EncryptUpdate(cipher, mask.data(), &size, sealed.data() + 4 - says.number_size, 16);
  EVP_CIPHER_CTX_free(cipher);
  header[0] = static_cast<std::uint8_t>(header[0] ^ (mask[0] & 0x0f));
  for (std::size_t i = 0; i < says.number_size; i++)
    header[header.size() - says.number_size + i] ^= mask[1 + i];
  return header + sealed;
}

// An Initial packet with these frames, filled up with PADDING so that they have `size` bytes.
inline Bytes initial(const InitialSays& says, Bytes frames, std::size_t size = 1162) {
  if (frames.size() < size) frames.resize(size);
  const Bytes number = be32(says.number);
  const auto first = static_cast<std::uint8_t>(0xc0 | says.type << 4 | (says.number_size - 1));
  const Bytes token = says.token.empty() ? Bytes{0} : varint(says.token.size()) + says.token;
  return protect(says,
                 Bytes{first} + be32(says.version) + vector8(says.destination) + vector8(says.source) +
                     token + varint(says.number_size + frames.size() + 16) +
                     Bytes(number.end() - static_cast<std::ptrdiff_t>(says.number_size), number.end()),
                 frames);
}

// A packet of another type with a length (RFC 9000 §17.2.3, §17.2.4), and nothing in it that could be read.
inline Bytes sealed_packet(std::uint8_t first, const InitialSays& says, std::size_t size = 40) {
  return Bytes{first} + be32(says.version) + vector8(says.destination) + vector8(says.source) + varint(size) +
         Bytes(size, 0x5a);
}
// RFC 9000 §17.2.5, with a token and a tag that nobody looks at.
inline Bytes retry(const InitialSays& client, const Bytes& source) {
  return Bytes{0xf0} + be32(client.version) + vector8(client.source) + vector8(source) + text("token") +
         Bytes(16, 0x77);
}
// RFC 9000 §17.2.1.
inline Bytes version_negotiation(const InitialSays& client, const std::vector<std::uint32_t>& versions) {
  Bytes packet = Bytes{0x80} + be32(0) + vector8(client.source) + vector8(client.destination);
  for (const std::uint32_t version : versions) packet = packet + be32(version);
  return packet;
}

}  // namespace vedette::tests
