#include "decode/tls_hello.h"

#include <algorithm>
#include <array>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kLongestSessionId = 32;

// SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3).
constexpr std::array<std::uint8_t, kRandomBytes> kRetryRandom = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

// ECHClientHelloType (RFC 9849 §5).
constexpr std::uint8_t kOuterHello = 0;

std::string text(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

std::vector<std::uint16_t> numbers(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint16_t> list;
  list.reserve(bytes.size() / 2);
  for (ByteReader reader(bytes); reader.left() >= 2;) list.push_back(reader.u16());
  return list;
}

// The first host_name of a ServerNameList.
std::optional<std::string> host_name(std::span<const std::uint8_t> content) {
  constexpr std::uint8_t kHostName = 0;
  ByteReader reader(content);
  ByteReader list(reader.vector16());
  while (!list.empty()) {
    const std::uint8_t type = list.u8();
    const auto name = list.vector16();
    if (list.failed()) break;
    if (type == kHostName && !name.empty()) return text(name);
  }
  return {};
}

std::vector<std::string> protocol_names(std::span<const std::uint8_t> content) {
  std::vector<std::string> names;
  ByteReader reader(content);
  ByteReader list(reader.vector16());
  while (!list.empty()) {
    const auto name = list.vector8();
    if (list.failed()) break;
    names.push_back(text(name));
  }
  return names;
}

void take_extension(ClientHello& hello, std::uint16_t type, std::span<const std::uint8_t> content) {
  ByteReader reader(content);
  switch (type) {
    case kServerName:
      hello.server_name = host_name(content);
      break;
    case kSupportedGroups:
      hello.groups = numbers(reader.vector16());
      break;
    case kEcPointFormats: {
      const auto formats = reader.vector8();
      hello.point_formats.assign(formats.begin(), formats.end());
      break;
    }
    case kSignatureAlgorithms:
      hello.signature_algorithms = numbers(reader.vector16());
      break;
    case kAlpn:
      hello.alpn = protocol_names(content);
      break;
    case kSupportedVersions:
      hello.supported_versions = numbers(reader.vector8());
      break;
    case kQuicParameters:
    case kQuicParametersOfDrafts:
      hello.quic_parameters.assign(content.begin(), content.end());
      break;
    case kUseSrtp:
      hello.srtp_profiles = numbers(reader.vector16());
      break;
    case kEncryptedClientHello:
      hello.encrypted_hello = !content.empty() && content[0] == kOuterHello;
      break;
    default:
      break;
  }
}

void take_extension(ServerHello& hello, std::uint16_t type, std::span<const std::uint8_t> content) {
  ByteReader reader(content);
  if (type == kSupportedVersions && content.size() == 2) hello.selected_version = reader.u16();
  if (type == kUseSrtp)
    if (const auto profiles = numbers(reader.vector16()); profiles.size() == 1)
      hello.srtp_profile = profiles.front();
  if (type != kAlpn) return;
  if (auto names = protocol_names(content); !names.empty()) hello.alpn = std::move(names.front());
}

// SSL 3 and early TLS hellos end before their extensions.
template <typename Hello>
void take_extensions(Hello& hello, ByteReader& reader) {
  if (reader.failed()) return;
  if (reader.empty()) {
    hello.whole = true;
    return;
  }
  const std::uint16_t announced = reader.u16();
  const bool cut = announced > reader.left();
  ByteReader list(reader.take(std::min<std::size_t>(announced, reader.left())));
  while (!list.empty()) {
    const std::uint16_t type = list.u16();
    const auto content = list.vector16();
    if (list.failed()) return;
    hello.extensions.push_back(type);
    take_extension(hello, type, content);
  }
  hello.whole = !cut && !reader.failed();
}

// SSL 3 and later; DTLS counts downwards from 0xfeff, and OpenSSL before 0.9.8f had a number of its own.
bool is_version(std::uint16_t version, HelloTransport transport) {
  if (transport == HelloTransport::kStream) return version >> 8 == 3;
  return version >> 8 == 0xfe || version == 0x0100;
}

// Drafts of TLS 1.3 up to 21 had their own numbers (0x7fNN) in the ServerHello's first field.
bool is_draft(std::uint16_t version) {
  return version >> 8 == 0x7f;
}

}  // namespace

std::optional<ClientHello> parse_client_hello(std::span<const std::uint8_t> body, HelloTransport transport) {
  ByteReader reader(body);
  ClientHello hello;
  hello.legacy_version = reader.u16();
  reader.take(kRandomBytes);
  const auto session_id = reader.vector8();
  if (transport == HelloTransport::kDatagrams) reader.vector8();  // cookie
  const std::uint16_t suites_size = reader.u16();
  if (reader.failed() || !is_version(hello.legacy_version, transport) ||
      session_id.size() > kLongestSessionId || suites_size < 2 || suites_size % 2 != 0)
    return {};
  hello.cipher_suites = numbers(reader.take(suites_size));
  reader.vector8();  // compression methods
  take_extensions(hello, reader);
  return hello;
}

std::optional<ServerHello> parse_server_hello(std::span<const std::uint8_t> body, HelloTransport transport) {
  ByteReader reader(body);
  ServerHello hello;
  hello.legacy_version = reader.u16();
  const auto random = reader.take(kRandomBytes);
  const bool draft = transport == HelloTransport::kStream && is_draft(hello.legacy_version);
  const auto session_id = draft ? std::span<const std::uint8_t>{} : reader.vector8();
  hello.cipher_suite = reader.u16();
  if (!draft) reader.u8();  // compression method
  if (reader.failed() || !(draft || is_version(hello.legacy_version, transport)) ||
      session_id.size() > kLongestSessionId)
    return {};
  hello.retry = std::ranges::equal(random, kRetryRandom);
  take_extensions(hello, reader);
  return hello;
}

}  // namespace vedette
