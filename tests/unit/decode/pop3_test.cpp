#include "decode/pop3.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false,
               std::array<std::uint16_t, 2> ports = {}) {
  return decode_stream(decode_pop3, first, second, ended, ports);
}

TEST(Pop3, TellsWhoLogsInAndNoPassword) {
  const Bytes client = text("CAPA\r\nUSER ann\r\nPASS secret\r\nSTAT\r\n");
  const Bytes server = text(
      "+OK ready <1896.697170952@mail.example.org>\r\n+OK\r\nTOP\r\nSTLS\r\n"
      "IMPLEMENTATION Shlemazle-Plotz-v302\r\n.\r\n+OK\r\n+OK in\r\n");
  const Decoded outcome = decode(client, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "pop3");
  const std::map<std::string_view, std::string> expected = {{"server_software", "Shlemazle-Plotz-v302"},
                                                            {"user", "ann"},
                                                            {"starttls", "offered"},
                                                            {"logged_in", "1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Pop3, TellsTheGreetingsWordsWithoutItsTimeStamp) {
  const Decoded outcome = decode(text("APOP ann c4c9334bac560ecc979e58001b3e22fb\r\n"),
                                 text("+OK Dovecot ready. <1896.697170952@mail.example.org>\r\n+OK\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("server_software"), "Dovecot ready.");
  EXPECT_EQ(facts(outcome.handshake()).at("user"), "ann");
}

TEST(Pop3, CountsRefusedLogIns) {
  const Decoded outcome = decode(text("USER ann\r\nPASS x\r\nUSER ann\r\nPASS y\r\nQUIT\r\n"),
                                 text("+OK POP3\r\n+OK\r\n-ERR no\r\n+OK\r\n-ERR no\r\n+OK bye\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("login_failures"), "2");
}

TEST(Pop3, HandsOnBehindAnAcceptedStls) {
  const Bytes client = text("STLS\r\n"), server = text("+OK ready\r\n+OK begin\r\n");
  const Decoded outcome = decode(client + Bytes{0x16, 3}, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{client.size(), server.size()}));
}

TEST(Pop3, IsNotRedisWhichAnswersAlike) {
  EXPECT_EQ(decode(text("PING\r\n"), text("+PONG\r\n"), true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("AUTH secret\r\n"), text("+OK\r\n"), true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("QUIT\r\n"), text("+OK\r\n"), true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("*1\r\n$4\r\nQUIT\r\n"), text("+OK\r\n")).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("QUIT\r\n"), text("+OK\r\n"), true, {40000, 110}).verdict(), Verdict::kDone);
}

TEST(Pop3, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_pop3, text("CAPA\r\nUSER ann\r\nPASS x\r\n"),
                            text("+OK POP3\r\n+OK\r\nTOP\r\n.\r\n+OK\r\n+OK in\r\n"));
}

TEST(Pop3, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_pop3);
}

}  // namespace
}  // namespace vedette
