#include "decode/quic_crypto_stream.h"

#include <algorithm>

#include "decode/byte_reader.h"
#include "decode/quic_packet.h"

namespace vedette {

namespace {

constexpr std::uint8_t kPadding = 0x00;  // in both

// The types that differ, RFC 9000's and Google's.
struct FrameTypes {
  std::uint8_t ping, crypto;
};
constexpr FrameTypes kStandardTypes{0x01, 0x06}, kGoogleTypes{0x07, 0x08};

constexpr std::uint8_t kAck = 0x02, kAckWithEcn = 0x03;
constexpr std::uint8_t kGoogleAck = 0x40,
                       kGoogleAckBits = 0xc0;  // the other bits say how large its fields are

// RFC 9000 §19.3.
void skip_ack(ByteReader& reader, bool ecn) {
  read_varint(reader);  // largest acknowledged
  read_varint(reader);  // delay
  const std::uint64_t ranges = read_varint(reader);
  read_varint(reader);  // first range
  for (std::uint64_t i = 0; i < ranges && !reader.failed(); i++) {
    read_varint(reader);  // gap
    read_varint(reader);  // length
  }
  for (int i = 0; ecn && i < 3; i++) read_varint(reader);
}

// "QUIC Wire Layout Specification" (Google, 2015 to 2018), ACK frame: type 01nullmm, where ll and mm are the
// sizes of packet numbers.
void skip_google_ack(ByteReader& reader, std::uint8_t type) {
  constexpr std::size_t kSizes[] = {1, 2, 4, 6};
  const std::size_t largest = kSizes[type >> 2 & 3], length = kSizes[type & 3];
  reader.take(largest + 2);  // and the delay
  const std::size_t blocks = type & 0x20 ? reader.u8() : 0;
  reader.take(length + blocks * (1 + length));
  const std::size_t times = reader.u8();
  if (times != 0) reader.take(1 + 4 + (times - 1) * (1 + 2));
}

}  // namespace

void QuicCryptoStream::add_frames(std::span<const std::uint8_t> payload, QuicFrames frames) {
  const bool google = frames == QuicFrames::kGoogle;
  const auto [ping, crypto] = google ? kGoogleTypes : kStandardTypes;
  ByteReader reader(payload);
  while (!reader.empty()) {
    const std::uint8_t type = reader.u8();
    if (type == kPadding || type == ping) continue;
    if (type == crypto) {
      const std::uint64_t offset = read_varint(reader);
      const std::uint64_t size = read_varint(reader);
      const auto data = reader.take(std::min<std::uint64_t>(size, reader.left()));
      if (!reader.failed() && !data.empty()) pieces_.push_back({offset, {data.begin(), data.end()}});
    } else if (google && (type & kGoogleAckBits) == kGoogleAck) {
      skip_google_ack(reader, type);
    } else if (!google && (type == kAck || type == kAckWithEcn)) {
      skip_ack(reader, type == kAckWithEcn);
    } else {
      return;  // a close, or what mustn't stand here
    }
  }
}

std::vector<std::uint8_t> QuicCryptoStream::bytes() const {
  std::vector<const Piece*> pieces;
  for (const Piece& piece : pieces_) pieces.push_back(&piece);
  std::ranges::stable_sort(pieces, {}, &Piece::offset);
  std::vector<std::uint8_t> known;
  for (const Piece* piece : pieces) {
    if (piece->offset > known.size()) break;
    const std::size_t seen = known.size() - piece->offset;
    if (seen < piece->bytes.size())
      known.insert(known.end(), piece->bytes.begin() + static_cast<std::ptrdiff_t>(seen), piece->bytes.end());
  }
  return known;
}

}  // namespace vedette
