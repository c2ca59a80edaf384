#include "decode/quic_crypto_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "quic_builder.h"

namespace vedette {
namespace {

using namespace tests;

constexpr auto kStandard = QuicFrames::kStandard;
constexpr auto kGoogle = QuicFrames::kGoogle;

const Bytes kStream = text("the handshake of a client, cut into pieces");

Bytes joined(const std::vector<Bytes>& payloads, QuicFrames frames = kStandard) {
  QuicCryptoStream stream;
  for (const Bytes& payload : payloads) stream.add_frames(payload, frames);
  return stream.bytes();
}

TEST(QuicCryptoStream, JoinsPiecesInAnyOrder) {
  std::vector<Bytes> payloads = {crypto_part(kStream, 0, 9), crypto_part(kStream, 9, 10),
                                 crypto_part(kStream, 10, 30), crypto_part(kStream, 30, kStream.size())};
  std::ranges::sort(payloads);
  do {
    EXPECT_EQ(joined(payloads), kStream);
    Bytes in_one;
    for (const Bytes& payload : payloads) in_one = in_one + payload;
    EXPECT_EQ(joined({in_one}), kStream);
  } while (std::ranges::next_permutation(payloads).found);
}

TEST(QuicCryptoStream, JoinsPiecesThatOverlapOrComeAgain) {
  EXPECT_EQ(joined({crypto_part(kStream, 5, 25), crypto_part(kStream, 0, 9), crypto_part(kStream, 0, 9),
                    crypto_part(kStream, 7, 12), crypto_part(kStream, 20, kStream.size())}),
            kStream);
}

TEST(QuicCryptoStream, EndsAtTheFirstGap) {
  EXPECT_EQ(joined({crypto_part(kStream, 0, 9), crypto_part(kStream, 10, 20)}),
            Bytes(kStream.begin(), kStream.begin() + 9));
  EXPECT_EQ(joined({crypto_part(kStream, 1, 20)}), Bytes{});
}

TEST(QuicCryptoStream, PassesOverWhatElseMayStandInAnInitial) {
  const Bytes ping = {1}, padding = zeros(7);
  const Bytes ack = {2, 5, 0, 1, 0, 0, 0}, ack_with_ecn = {3, 0x40, 5, 0, 0, 1, 9, 9, 0x40, 9};
  EXPECT_EQ(joined({padding + ping + ack + crypto_part(kStream, 0, 9) + ping + ack_with_ecn + padding +
                    crypto_part(kStream, 9, kStream.size()) + padding}),
            kStream);
}

TEST(QuicCryptoStream, EndsAtAFrameThatMayNotStandThere) {
  const Bytes close = {0x1c, 0, 0, 0};
  EXPECT_EQ(joined({crypto_part(kStream, 0, 9) + close + crypto_part(kStream, 9, 20)}),
            Bytes(kStream.begin(), kStream.begin() + 9));
}

TEST(QuicCryptoStream, ReadsGooglesFrames) {
  const Bytes ping = {7}, one_block = {0x40, 3, 0, 0, 2, 0},
              blocks = {0x65, 0, 9, 0, 0, 1, 0, 1, 2, 0, 3, 1, 1, 0, 0, 0, 0};
  EXPECT_EQ(joined({ping + one_block + zeros(3) + blocks + crypto(0, kStream, 8)}, kGoogle), kStream);
  EXPECT_EQ(joined({crypto(0, kStream, 6)}, kGoogle), Bytes{});
}

TEST(QuicCryptoStream, TakesWhatIsThereOfAPieceThatIsCutShort) {
  const Bytes payload = zeros(2) + crypto(0, kStream);
  for (std::size_t size = 0; size < payload.size(); size++) {
    const Bytes known = joined({Bytes(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size))});
    EXPECT_EQ(known.size(), size < 7 ? 0 : size - 7);
    EXPECT_TRUE(std::equal(known.begin(), known.end(), kStream.begin()));
  }
}

TEST(QuicCryptoStream, StandsAnyLengthAndOffset) {
  const Bytes huge = long_varint(0x3fffffffffffffff);
  EXPECT_EQ(joined({Bytes{6} + huge + varint(3) + text("abc")}), Bytes{});
  EXPECT_EQ(joined({Bytes{6, 0} + huge + text("abc")}), text("abc"));
  EXPECT_EQ(joined({Bytes{2} + huge + huge + huge + huge + crypto(0, kStream)}), Bytes{});
}

}  // namespace
}  // namespace vedette
