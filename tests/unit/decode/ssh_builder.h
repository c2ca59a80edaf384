// SSH as two sides begin it, in clear (RFC 4253).
#pragma once

#include <string_view>

#include "tests/packet_builder.h"

namespace vedette::tests {

struct SshOffer {
  std::string_view kex = "curve25519-sha256,diffie-hellman-group14-sha1";
  std::string_view host_key = "ssh-ed25519,rsa-sha2-512";
  std::string_view cipher_to_server = "aes128-ctr,aes256-ctr", cipher_to_client = "aes256-ctr";
  std::string_view mac_to_server = "hmac-sha2-256", mac_to_client = "hmac-sha1";
  std::string_view compression_to_server = "none,zlib", compression_to_client = "none";
};

// §6: length, padding's length, payload, padding.
inline Bytes ssh_packet(const Bytes& payload) {
  return be32(payload.size() + 1 + 6) + Bytes{6} + payload + zeros(6);
}

inline Bytes ssh_kexinit(const SshOffer& offer) {
  Bytes payload = Bytes{20} + Bytes(16, 0xab);
  for (const std::string_view names :
       {offer.kex, offer.host_key, offer.cipher_to_server, offer.cipher_to_client, offer.mac_to_server,
        offer.mac_to_client, offer.compression_to_server, offer.compression_to_client, std::string_view{},
        std::string_view{}})
    payload = payload + be32(names.size()) + text(names);
  return ssh_packet(payload + Bytes{0} + be32(0));
}

}  // namespace vedette::tests
