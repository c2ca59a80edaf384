#include "decode/wireguard.h"

#include <gtest/gtest.h>

#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

constexpr std::uint8_t kOurs = 0x31, kTheirs = 0x77;  // indices

Bytes initiation(std::size_t size = 148, std::uint8_t mac2 = 0) {
  return Bytes{1, 0, 0, 0, kOurs, 1, 2, 3} + Bytes(size - 24, 0x5a) + Bytes(16, mac2);
}

Bytes response(std::uint8_t receiver = kOurs, std::size_t size = 92) {
  return Bytes{2, 0, 0, 0, kTheirs, 1, 2, 3, receiver, 1, 2, 3} + Bytes(size - 12, 0x5a);
}

Bytes transport(std::uint8_t receiver, std::uint8_t counter, std::size_t size = 96) {
  return Bytes{4, 0, 0, 0, receiver, 1, 2, 3, counter} + zeros(7) + Bytes(size - 16, 0x5a);
}

Decoded decode(const std::vector<Datagram>& datagrams, bool ended = false) {
  return decode_datagrams(decode_wireguard, datagrams, {}, ended);
}

TEST(Wireguard, IsToldByAResponseThatNamesTheInitiationsIndex) {
  const Decoded outcome = decode({{0, initiation()}, {1, response()}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "wireguard");
  EXPECT_EQ(facts(outcome.handshake()).at("handshake"), "response");
  EXPECT_EQ(decode({{0, initiation()}, {1, response(9)}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({{0, initiation(204)}, {1, response(kOurs, 100)}}).verdict(), Verdict::kDone);
}

TEST(Wireguard, IsToldByACookie) {
  const Bytes cookie = Bytes{3, 0, 0, 0, kOurs, 1, 2, 3} + Bytes(56, 0x5a);
  EXPECT_EQ(facts(decode({{1, initiation(148, 7)}, {0, cookie}}).handshake()).at("handshake"), "cookie");
}

TEST(Wireguard, TellsAnInitiationAloneOnlyAtTheEnd) {
  EXPECT_EQ(decode({{0, initiation()}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(facts(decode({{0, initiation()}}, true).handshake()).at("handshake"), "initiation");
  EXPECT_EQ(decode({{0, initiation(148, 7)}}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({{0, initiation(164)}}, true).verdict(), Verdict::kNotMine);
}

TEST(Wireguard, TellsTransportThatBothSidesCountUp) {
  EXPECT_EQ(decode({{0, transport(1, 5)}, {1, transport(2, 9)}, {0, transport(1, 6)}, {1, transport(2, 12)}})
                .verdict(),
            Verdict::kDone);
  EXPECT_EQ(
      decode({{0, transport(1, 5)}, {1, transport(2, 9)}, {0, transport(1, 5)}, {1, transport(2, 12)}}, true)
          .verdict(),
      Verdict::kNotMine);
  EXPECT_EQ(decode({{0, transport(1, 5, 97)}}).verdict(), Verdict::kNotMine);
}

TEST(Wireguard, LetsGoOfOthersAtTheFirstDatagram) {
  for (const Bytes& other :
       {text("GET / HTTP/1.1\r\n"), zeros(148), Bytes(148, 0xff), Bytes{1, 0, 0}, Bytes{1, 0, 0, 1}})
    EXPECT_EQ(decode({{0, other}}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
