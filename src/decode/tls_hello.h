// The first message of each side of a TLS connection as fields: ClientHello, ServerHello, HelloRetryRequest.
// SSL 3 (RFC 6101 §5.6.1), TLS 1.0 to 1.2 (RFC 2246, 4346, 5246 §7.4.1), TLS 1.3 (RFC 8446 §4.1), and DTLS
// (RFC 6347 §4.2.1, RFC 9147 §5.3), whose ClientHello has a cookie besides.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vedette {

// Values as they were sent, in their order, GREASE included.
struct ClientHello {
  std::uint16_t legacy_version = 0;
  std::vector<std::uint16_t> cipher_suites;
  std::vector<std::uint16_t> extensions;            // types
  std::vector<std::uint16_t> supported_versions;    // RFC 8446 §4.2.1; empty where the extension is missing
  std::vector<std::uint16_t> groups;                // RFC 8422 §5.1.1, RFC 7919
  std::vector<std::uint8_t> point_formats;          // RFC 8422 §5.1.2
  std::vector<std::uint16_t> signature_algorithms;  // RFC 8446 §4.2.3
  std::vector<std::string> alpn;                    // RFC 7301 §3.1
  std::optional<std::string> server_name;           // RFC 6066 §3
  std::vector<std::uint8_t> quic_parameters;        // RFC 9001 §8.2, and the drafts' before it
  std::vector<std::uint16_t> srtp_profiles;         // RFC 5764 §4.1.1
  bool encrypted_hello = false;                     // RFC 9849 §5: this is the outer one, or its GREASE
  bool whole = false;                               // false: cut short or damaged within the extensions
};

struct ServerHello {
  std::uint16_t legacy_version = 0;
  std::uint16_t cipher_suite = 0;
  std::vector<std::uint16_t> extensions;
  std::optional<std::uint16_t> selected_version;  // RFC 8446 §4.2.1
  std::optional<std::string> alpn;                // RFC 7301 §3.1
  std::optional<std::uint16_t> srtp_profile;      // RFC 5764 §4.1.1
  bool retry = false;                             // a HelloRetryRequest, RFC 8446 §4.1.3
  bool whole = false;
};

enum class HelloTransport : std::uint8_t { kStream, kDatagrams };

// A message's body, without its four bytes of header; it may be cut short. None where it can't be a hello of
// its kind. RFC 8446 §4.1.2 and §4.1.3 and their forerunners.
[[nodiscard]] std::optional<ClientHello> parse_client_hello(
    std::span<const std::uint8_t> body, HelloTransport transport = HelloTransport::kStream);
[[nodiscard]] std::optional<ServerHello> parse_server_hello(
    std::span<const std::uint8_t> body, HelloTransport transport = HelloTransport::kStream);

// RFC 8701 §2: values that clients send to keep servers tolerant; they say nothing of the client.
[[nodiscard]] constexpr bool is_grease(std::uint16_t value) {
  return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

// Extension types that are looked into (IANA, TLS ExtensionType Values).
enum TlsExtension : std::uint16_t {
  kServerName = 0,
  kSupportedGroups = 10,
  kEcPointFormats = 11,
  kSignatureAlgorithms = 13,
  kUseSrtp = 14,
  kAlpn = 16,
  kSupportedVersions = 43,
  kQuicParameters = 57,
  kQuicParametersOfDrafts = 0xffa5,  // up to draft 32
  kEncryptedClientHello = 0xfe0d,
};

}  // namespace vedette
