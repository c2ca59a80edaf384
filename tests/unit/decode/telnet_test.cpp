#include "decode/telnet.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

enum : std::uint8_t { kSe = 240, kSb = 250, kWill = 251, kDo = 253, kIac = 255 };

Bytes negotiate(std::uint8_t verb, std::uint8_t option) {
  return {kIac, verb, option};
}

const Bytes kServer = negotiate(kDo, 24) + negotiate(kWill, 3) + text("\r\nlogin: ");
const Bytes kClient =
    negotiate(kWill, 24) + Bytes{kIac, kSb, 24, 0} + text("XTERM") + Bytes{kIac, kSe} + text("root\r\n");

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false,
               std::array<std::uint16_t, 2> ports = {}) {
  return decode_stream(decode_telnet, first, second, ended, ports);
}

TEST(Telnet, TellsWhatBothNegotiate) {
  const Decoded outcome = decode(kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "telnet");
  const std::map<std::string_view, std::string> expected = {
      {"client_options", "WILL TERMINAL TYPE"},
      {"server_options", "DO TERMINAL TYPE WILL SUPPRESS GO AHEAD"},
      {"terminal_type", "XTERM"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Telnet, KnowsTheServerByWhatItAsksFor) {
  EXPECT_EQ(decode(kServer, kClient).handshake(), decode(kClient, kServer).handshake());
}

TEST(Telnet, ReadsABannerBeforeTheNegotiation) {
  EXPECT_EQ(decode(kClient, text("Welcome\r\n") + kServer).verdict(), Verdict::kDone);
}

TEST(Telnet, IsNotClaimedByOneCommand) {
  EXPECT_EQ(decode({}, negotiate(kDo, 1) + text("x"), true).verdict(), Verdict::kNotMine);
  // An MPEG audio frame begins so.
  EXPECT_EQ(decode({}, Bytes{0xff, 0xfb, 0x90, 0x64, 0, 0x0f}).verdict(), Verdict::kNotMine);
}

TEST(Telnet, BearsASuboptionWithoutAnEnd) {
  const Bytes client = negotiate(kWill, 24) + Bytes{kIac, kSb, 24, 0} + text(std::string(5000, 'x'));
  EXPECT_EQ(decode(client, kServer).verdict(), Verdict::kDone);
}

TEST(Telnet, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_telnet, kClient, kServer);
}

TEST(Telnet, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_telnet);
}

}  // namespace
}  // namespace vedette
