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

const Bytes kAsked = negotiate(kDo, 24) + negotiate(kWill, 3) + text("\r\nbox login: ");
const Bytes kServer = kAsked + text("root\r\nPassword: \r\nLast login: Fri Nov 27 10:00:00 on pts/0\r\n$ ");
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
      {"terminal_type", "XTERM"},
      {"logged_in", "1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

std::string failures(std::string_view server) {
  const auto told = facts(decode(kClient, kAsked + text(server), true).handshake());
  return told.contains("login_failures") ? told.at("login_failures") : "0";
}

TEST(Telnet, CountsRefusedLogIns) {
  // Linux' login, BusyBox's, Cisco's, Windows'.
  EXPECT_EQ(failures("root\r\nPassword: \r\n\r\nLogin incorrect\r\nbox login: "), "1");
  EXPECT_EQ(
      failures("root\r\nPassword: \r\nLogin incorrect\r\n\r\nlogin: a\r\nPassword: \r\nLogin incorrect\r\n"),
      "2");
  EXPECT_EQ(failures("Username: a\r\nPassword: \r\n% Login invalid\r\n\r\nUsername: "), "1");
  EXPECT_EQ(failures("a\r\npassword: \n\rLogon failure: unknown user name or bad password.\r\n"), "1");
  // One that asks again without a word.
  EXPECT_EQ(failures("\r\nPassword: \r\nPassword: \r\nPassword: \r\n% Bad passwords\r\n"), "3");
}

TEST(Telnet, CountsNoRefusalOfASessionThatIsOpen) {
  EXPECT_EQ(failures("root\r\nPassword: \r\nUnauthorized use\r\nwill be a failure\r\n$ "), "0");
  EXPECT_EQ(failures("root\r\nPassword: \r\nrouter>enable\r\nPassword: \r\nrouter#"), "0");
  EXPECT_EQ(failures("root\r\nPassword: \r\nLast failed login: Fri Nov 27 from ::1\r\n$ "), "0");
  EXPECT_EQ(failures("Login incorrect\r\n"), "0");  // before any password
  EXPECT_EQ(failures("root\r\nPassword: "), "0");
}

TEST(Telnet, WaitsForTheLogInAsLongAsOneMayCome) {
  EXPECT_EQ(decode(kClient, kAsked).verdict(), Verdict::kMine);
  EXPECT_EQ(decode(kClient, kAsked + text("root\r\nPassword: \r\n")).verdict(), Verdict::kMine);
  EXPECT_EQ(decode(kClient, kAsked + text("root\r\nPassword: \r\nWelcome\r\n")).verdict(), Verdict::kDone);
  EXPECT_EQ(decode(kClient, kAsked + text(std::string(4000, 'x'))).verdict(), Verdict::kDone);
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
  expect_sound_at_every_cut(decode_telnet, kClient,
                            kAsked + negotiate(kWill, 1) + text("a\r\nPassword: \r\nLogin incorrect\r\n"));
}

TEST(Telnet, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_telnet);
}

}  // namespace
}  // namespace vedette
