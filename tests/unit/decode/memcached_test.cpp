#include "decode/memcached.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kClient = text("version\r\nget key\r\n"), kServer = text("VERSION 1.6.18\r\n");

Bytes frame(const Bytes& payload, std::uint16_t number = 0, std::uint16_t count = 1) {
  return be16(7) + be16(number) + be16(count) + be16(0) + payload;
}

TEST(Memcached, TellsCommandAndVersion) {
  const Decoded outcome = decode_stream(decode_memcached_tcp, kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "memcached");
  const std::map<std::string_view, std::string> expected = {{"command", "version"},
                                                            {"server_software", "1.6.18"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Memcached, NeedsAnAnswerOverTcp) {
  EXPECT_EQ(decode_stream(decode_memcached_tcp, text("get key\r\n"), {}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_memcached_tcp, text("get key\r\n"), text("+OK")).verdict(),
            Verdict::kNotMine);
}

TEST(Memcached, IsToldOverUdpByOneFrame) {
  EXPECT_EQ(decode_datagrams(decode_memcached_udp, {{0, frame(text("stats\r\n"))}}).verdict(),
            Verdict::kDone);
  EXPECT_EQ(decode_datagrams(decode_memcached_udp, {{0, frame(text("STAT pid 1\r\n"), 0, 9)}}).verdict(),
            Verdict::kDone);
  for (const Bytes& other :
       {text("stats\r\n"), frame(text("what\r\n")), frame(text("stats\r\n"), 1, 1), frame({})})
    EXPECT_EQ(decode_datagrams(decode_memcached_udp, {{0, other}}).verdict(), Verdict::kNotMine);
}

TEST(Memcached, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_memcached_tcp, kClient, kServer);
}

TEST(Memcached, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_memcached_tcp);
}

}  // namespace
}  // namespace vedette
