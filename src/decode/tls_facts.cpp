#include "decode/tls_facts.h"

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
  if (server) handshake.add("cipher", tls_cipher_text(server->cipher_suite));
  if (client && client->whole) handshake.add("ja3", ja3(*client));
  if (server && server->whole) handshake.add("ja3s", ja3s(*server));
  if (client && client->whole) handshake.add("ja4", ja4(*client, transport));
}

}  // namespace vedette
