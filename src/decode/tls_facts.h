// What the first messages of TLS say, as facts: the same for TLS, DTLS and whatever else carries them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decode/handshake.h"
#include "decode/ja4.h"
#include "decode/tls_hello.h"

namespace vedette {

// The versions that a client names without GREASE; its hello's own where it names none.
[[nodiscard]] std::vector<std::string> offered_versions(const ClientHello& client);

[[nodiscard]] std::string chosen_version(const ServerHello& server);

// What is to be said of both sides; null = not seen.
struct Hellos {
  const ClientHello* client = nullptr;
  const ServerHello* server = nullptr;
};

// Adds sni, alpn, chosen_alpn, ech, srtp_profiles, chosen_srtp_profile, cipher, ja3, ja3s, ja4; a fingerprint
// only of a hello that is whole.
void add_hello_facts(Handshake& handshake, const Hellos& hellos, Ja4Transport transport);

// Where the first certificate of a Certificate message (RFC 5246 §7.4.2) stands: the sender's own.
struct FirstCertificate {
  enum class State : std::uint8_t { kNone, kMore, kWhole };
  State state = State::kNone;
  std::span<const std::uint8_t> der;  // with kWhole
  std::size_t missing = 0;            // with kMore: bytes behind those known
};

// Of a message's body as far as it is known; `size` is what its header announces.
[[nodiscard]] FirstCertificate first_certificate(std::span<const std::uint8_t> body, std::size_t size);

}  // namespace vedette
