// What the hellos of TLS say, as facts: the same for TLS, DTLS and whatever else carries them.
#pragma once

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

// Adds sni, alpn, chosen_alpn, cipher, ja3, ja3s, ja4; a fingerprint only of a hello that is whole.
void add_hello_facts(Handshake& handshake, const Hellos& hellos, Ja4Transport transport);

}  // namespace vedette
