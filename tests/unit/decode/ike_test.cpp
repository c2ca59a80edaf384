#include "decode/ike.h"

#include <gtest/gtest.h>

#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

Bytes message(std::uint8_t version, std::uint8_t exchange, std::uint8_t flags = 0, std::size_t size = 60) {
  return text("initiats") + zeros(8) + Bytes{1, version, exchange, flags} + be32(0) + be32(size) +
         zeros(size - 28);
}

Decoded decode(const Bytes& datagram, bool ended = false) {
  return decode_datagrams(decode_ike, {{0, datagram}}, {}, ended);
}

TEST(Ike, TellsVersionAndExchange) {
  const Decoded first = decode(message(0x10, 4));
  ASSERT_EQ(first.verdict(), Verdict::kDone);
  EXPECT_EQ(first.handshake().app, "ike");
  EXPECT_EQ(first.handshake().app_version, "1");
  EXPECT_EQ(facts(first.handshake()).at("exchange"), "aggressive");
  const Decoded second = decode(message(0x20, 34, 0x08));
  EXPECT_EQ(second.handshake().app_version, "2");
  EXPECT_EQ(facts(second.handshake()).at("exchange"), "ike_sa_init");
}

TEST(Ike, IsReadBehindTheMarkerAndTheKeepaliveOfNatTraversal) {
  EXPECT_EQ(decode(zeros(4) + message(0x20, 35, 0x08)).verdict(), Verdict::kDone);
  EXPECT_EQ(decode_datagrams(decode_ike, {{0, {0xff}}, {0, zeros(4) + message(0x10, 2)}}).verdict(),
            Verdict::kDone);
  EXPECT_EQ(decode({0xff}, true).verdict(), Verdict::kNotMine);
}

TEST(Ike, LetsGoOfWhatDoesNotFit) {
  EXPECT_EQ(decode(message(0x10, 34)).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(message(0x20, 34, 0x01)).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(message(0x20, 34) + zeros(1)).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(zeros(60)).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("ESP ESP")).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({0, 0, 0}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
