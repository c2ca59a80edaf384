// The header that each packet of TDS begins with (MS-TDS §2.2.3.1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "decode/byte_reader.h"

namespace vedette {

inline constexpr std::size_t kTdsHeaderBytes = 8;

// MS-TDS §2.2.3.1.1, TDS 5.0's among them.
enum class TdsType : std::uint8_t {
  kSqlBatch = 1,
  kOldLogin = 2,
  kRpc = 3,
  kResponse = 4,
  kAttention = 6,
  kBulk = 7,
  kTransaction = 14,
  kNormal5 = 15,
  kLogin7 = 16,
  kPrelogin = 18,  // and TLS within
};

// A packet's header and what is there of its body.
struct TdsPacket {
  TdsType type{};
  std::size_t length = 0;  // with the header
  std::span<const std::uint8_t> body;

  [[nodiscard]] bool whole() const { return body.size() + kTdsHeaderBytes == length; }
};

// Status bits but those known, a window or a length out of bounds: not TDS.
[[nodiscard]] inline std::optional<TdsPacket> parse_tds_packet(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kMostStatus = 0x19;
  constexpr std::size_t kLongest = 32'767;  // §2.2.3.1.3
  ByteReader reader(bytes);
  TdsPacket packet;
  packet.type = static_cast<TdsType>(reader.u8());
  const std::uint8_t status = reader.u8();
  packet.length = reader.u16();
  reader.take(3);  // process id and packet number
  const std::uint8_t window = reader.u8();
  if (reader.failed() || window != 0 || status > kMostStatus || packet.length < kTdsHeaderBytes ||
      packet.length > kLongest)
    return {};
  packet.body = reader.take(std::min(reader.left(), packet.length - kTdsHeaderBytes));
  return packet;
}

}  // namespace vedette
