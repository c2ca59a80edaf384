// The protection of QUIC's Initial packets, which keeps nobody out who sees the client's first packet: keys
// are made of its destination connection ID (RFC 9001 §5.2 to §5.4). By OpenSSL's libcrypto.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "decode/quic_packet.h"

namespace vedette {

enum class QuicSender : std::uint8_t { kClient, kServer };

class QuicInitialKeys {
 public:
  // `id` is what the client's first packet named as its destination, or its first after a Retry.
  QuicInitialKeys(const QuicKeying& keying, std::span<const std::uint8_t> id);

  // The frames of an Initial packet, its protection removed; nothing where these keys don't fit. Of one that
  // isn't whole nothing proves that they do.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> open(const QuicPacket& packet,
                                                              QuicSender sender) const;

 private:
  struct Keys {
    std::array<std::uint8_t, 16> key, header_key;
    std::array<std::uint8_t, 12> iv;
  };

  std::array<Keys, 2> keys_;  // by sender
};

}  // namespace vedette
