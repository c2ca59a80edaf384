#include "decode/tls_facts.h"

#include "decode/byte_reader.h"
#include "decode/ja3.h"
#include "decode/tls_names.h"

namespace vedette {

std::vector<std::string> offered_versions(const ClientHello& client) {
  std::vector<std::string> names;
  for (const std::uint16_t version : client.supported_versions)
    if (!is_grease(version)) names.push_back(tls_version_name(version));
  if (names.empty()) names.push_back(tls_version_name(client.legacy_version));
  return names;
}

std::string chosen_version(const ServerHello& server) {
  return tls_version_name(server.selected_version.value_or(server.legacy_version));
}

void add_hello_facts(Handshake& handshake, const Hellos& hellos, Ja4Transport transport) {
  const auto& [client, server] = hellos;
  if (client && client->server_name) handshake.add("sni", *client->server_name);
  if (client && !client->alpn.empty()) handshake.add("alpn", client->alpn);
  if (server && server->alpn) handshake.add("chosen_alpn", *server->alpn);
  if (client && client->encrypted_hello) handshake.add("ech", std::int64_t{1});
  if (client && !client->srtp_profiles.empty()) {
    std::vector<std::string> profiles;
    for (const std::uint16_t profile : client->srtp_profiles) profiles.push_back(srtp_profile_text(profile));
    handshake.add("srtp_profiles", std::move(profiles));
  }
  if (server && server->srtp_profile)
    handshake.add("chosen_srtp_profile", srtp_profile_text(*server->srtp_profile));
  if (server) handshake.add("cipher", tls_cipher_text(server->cipher_suite));
  if (client && client->whole) handshake.add("ja3", ja3(*client));
  if (server && server->whole) handshake.add("ja3s", ja3s(*server));
  if (client && client->whole) handshake.add("ja4", ja4(*client, transport));
}

FirstCertificate first_certificate(std::span<const std::uint8_t> body, std::size_t size) {
  using State = FirstCertificate::State;
  constexpr std::size_t kLengths = 6;  // of the list and of its first entry
  if (size <= kLengths) return {};
  if (body.size() < kLengths) return {.state = State::kMore, .der = {}, .missing = kLengths - body.size()};
  ByteReader reader(body);
  const std::size_t list = reader.u24(), first = reader.u24();
  if (list + 3 != size || first == 0 || first + 3 > list) return {};
  if (first > reader.left()) return {.state = State::kMore, .der = {}, .missing = first - reader.left()};
  return {.state = State::kWhole, .der = reader.take(first), .missing = 0};
}

}  // namespace vedette
