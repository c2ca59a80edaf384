#include "decode/openvpn_control.h"

#include "decode/byte_reader.h"

namespace vedette {

void OpenvpnControl::add(std::span<const std::uint8_t> packet) {
  constexpr std::uint8_t kControlV1 = 4 << 3;  // opcode, and key id 0: later keys are renegotiated
  constexpr std::size_t kSessionBytes = 8, kMostAcknowledged = 8, kNumberBytes = 4;
  constexpr std::uint32_t kMostPieces = 64;  // more than a head has room for
  ByteReader reader(packet);
  if (reader.u8() != kControlV1) return;
  reader.take(kSessionBytes + protection_);
  const std::size_t acknowledged = reader.u8();
  if (acknowledged > kMostAcknowledged) return;
  if (acknowledged != 0) reader.take(acknowledged * kNumberBytes + kSessionBytes);
  const std::uint32_t number = reader.u32();
  // 0 is the reset.
  if (reader.failed() || reader.empty() || number == 0 || number > kMostPieces) return;
  if (pieces_.size() < number) pieces_.resize(number);
  if (pieces_[number - 1].empty()) pieces_[number - 1] = reader.take(reader.left());
}

std::vector<std::uint8_t> OpenvpnControl::stream() const {
  std::vector<std::uint8_t> bytes;
  for (const auto piece : pieces_) {
    if (piece.empty()) break;
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
  return bytes;
}

}  // namespace vedette
