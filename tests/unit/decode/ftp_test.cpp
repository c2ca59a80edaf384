#include "decode/ftp.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kGreeting = text("220-Welcome\r\n220 Example FTP server ready\r\n");

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_ftp, first, second, ended);
}

TEST(Ftp, TellsWhoLogsInAndNoPassword) {
  const Bytes client = text("USER ann\r\nPASS secret\r\nSYST\r\nCLNT Sender 1.0\r\nPASV\r\nRETR x\r\n");
  const Bytes server =
      text("220 (vsFTPd 3.0.5)\r\n331 password\r\n230 in\r\n215 UNIX Type: L8\r\n200 hello\r\n");
  const Decoded outcome = decode(client, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "ftp");
  const std::map<std::string_view, std::string> expected = {{"server_software", "vsFTPd 3.0.5"},
                                                            {"system", "UNIX Type: L8"},
                                                            {"client_software", "Sender 1.0"},
                                                            {"user", "ann"},
                                                            {"logged_in", "1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Ftp, CountsRefusedLogIns) {
  const Decoded outcome =
      decode(text("USER ann\r\nPASS a\r\nUSER ann\r\nPASS b\r\nQUIT\r\n"),
             kGreeting + text("331 password\r\n530 no\r\n331 password\r\n530 no\r\n221 bye\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("login_failures"), "2");
  EXPECT_FALSE(facts(outcome.handshake()).contains("logged_in"));
}

TEST(Ftp, HandsOnBehindAnAcceptedAuth) {
  const Bytes client = text("FEAT\r\nAUTH TLS\r\n");
  const Bytes server = kGreeting + text("211-Features:\r\n AUTH TLS\r\n211 End\r\n234 Proceed\r\n");
  const Decoded outcome = decode(client + Bytes{0x16, 3, 1}, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{client.size(), server.size()}));
  EXPECT_EQ(facts(outcome.handshake()).at("starttls"), "accepted");
}

TEST(Ftp, PassesOverAPreliminaryReply) {
  const Decoded outcome = decode(text("USER ann\r\nSYST\r\nQUIT\r\n"),
                                 text("120 wait\r\n220 FTP at last\r\n331 password\r\n215 VMS\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("system"), "VMS");
}

TEST(Ftp, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_ftp, text("USER ann\r\nPASS x\r\nSYST\r\nQUIT\r\n"),
                            kGreeting + text("331 password\r\n230 in\r\n215 UNIX\r\n221 bye\r\n"));
}

TEST(Ftp, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_ftp);
  // USER and PASS are POP3's too.
  EXPECT_EQ(decode(text("USER ann\r\nPASS x\r\n"), {}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("USER ann\r\n"), text("+OK")).verdict(), Verdict::kNotMine);
}

TEST(Ftp, DecidesBeforeTheEndAsAtTheEndWhereNoLineCanFollow) {
  const Bytes client = text("USER ann\x01"), server = text("211-Features:\r\n SIZE\r\n\x01");
  for (const bool ended : {false, true}) {
    const Decoded outcome = decode_stream(decode_ftp, client, server, ended, {40000, 21});
    ASSERT_EQ(outcome.verdict(), Verdict::kDone);
    EXPECT_EQ(outcome.handshake().app, "ftp");
  }
}

}  // namespace
}  // namespace vedette
