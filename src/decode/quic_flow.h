// What the datagrams of a flow say of QUIC, before anybody asks what is to be told of it: which side is the
// client, which versions are spoken, and the handshake messages that could be made readable. Of Google's QUIC
// and of IETF's, through version negotiation (RFC 9000 §6, RFC 9368) and Retry (§8.1.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/decoder.h"
#include "decode/gquic.h"
#include "decode/quic_crypto_stream.h"
#include "decode/quic_packet.h"
#include "decode/quic_protection.h"

namespace vedette {

// What one destination connection ID of a client's gave the keys for. After a Retry the client goes on with
// another, which counts as another connection here.
struct QuicConnection {
  QuicConnection(const QuicVersion& first, std::span<const std::uint8_t> first_id)
      : version(first), id(first_id) {}

  QuicVersion version;               // of the client's first packet
  std::span<const std::uint8_t> id;  // of the heads
  // A server may go on in another version with the same ID (RFC 9369 §4).
  std::vector<std::pair<const QuicKeying*, QuicInitialKeys>> keys;
  std::array<QuicCryptoStream, 2> streams;            // by sender
  std::array<std::vector<std::uint8_t>, 2> messages;  // by sender: what the streams hold without a gap
};

struct QuicFlow {
  enum class Claim : std::uint8_t {
    kNone,   // none of its datagrams is QUIC's
    kMaybe,  // some have its form, and another protocol's may have it too
    kSure,
  };

  Claim claim = Claim::kNone;
  bool short_headers = false;                            // it is their sequence alone that makes it sure
  std::optional<std::size_t> client;                     // side, where it is known
  std::array<std::optional<std::uint32_t>, 2> versions;  // by side: the last one that it spoke
  std::vector<std::uint32_t> server_versions;            // of a version negotiation
  std::array<std::optional<GquicMessage>, 2> google;     // the client's first message, and a server's
  std::array<std::size_t, 2> datagrams{};                // by side, without version negotiation
  std::optional<QuicConnection> connection;              // the one that tells most
};

// The heads must outlive what is given.
[[nodiscard]] QuicFlow read_quic_flow(const Heads& heads);

}  // namespace vedette
