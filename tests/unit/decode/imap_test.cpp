#include "decode/imap.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_imap, first, second, ended);
}

TEST(Imap, TellsBothSidesAndNoPassword) {
  const Bytes client =
      text("a CAPABILITY\r\nb ID (\"name\" \"Reader\" \"version\" \"7\")\r\nc LOGIN \"ann\" secret\r\n");
  const Bytes server = text(
      "* OK Dovecot ready.\r\n* CAPABILITY IMAP4rev1 IMAP4rev2 STARTTLS\r\na OK done\r\n"
      "* ID (\"name\" \"Dovecot\" \"version\" \"2.3\")\r\nb OK done\r\nc OK in\r\n");
  const Decoded outcome = decode(client, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "imap");
  EXPECT_EQ(outcome.handshake().app_version, "4rev2");
  const std::map<std::string_view, std::string> expected = {{"server_software", "Dovecot 2.3"},
                                                            {"client_software", "Reader 7"},
                                                            {"user", "ann"},
                                                            {"starttls", "offered"},
                                                            {"logged_in", "1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Imap, TellsOfAnIdWhatIsBeforeALiteral) {
  const Decoded outcome = decode(
      text("a ID (\"name\" \"Reader\" \"version\" {1}\r\n7)\r\nb LOGOUT\r\n"),
      text("* OK IMAP4rev1 ready\r\n* ID ({4}\r\nname \"Dovecot\")\r\na OK done\r\nb OK out\r\n"), true);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("client_software"), "Reader");
  EXPECT_EQ(facts(outcome.handshake()).at("server_software"), "IMAP4rev1 ready");
}

TEST(Imap, CountsRefusedLogIns) {
  const Decoded outcome = decode(text("a LOGIN ann x\r\nb LOGIN ann y\r\nc LOGOUT\r\n"),
                                 text("* OK IMAP4rev1 ready\r\na NO no\r\nb NO no\r\n* BYE\r\nc OK\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("login_failures"), "2");
}

TEST(Imap, HandsOnBehindAnAcceptedStarttls) {
  const Bytes client = text(". CAPABILITY\r\n. STARTTLS\r\n");
  const Bytes server = text(
      "* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n"
      "* CAPABILITY IMAP4rev1 STARTTLS\r\n. OK listed\r\n. OK Begin TLS\r\n");
  const Decoded outcome = decode(client + Bytes{0x16, 3}, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{client.size(), server.size()}));
  EXPECT_EQ(facts(outcome.handshake()).at("server_software"), "Dovecot ready.");
}

TEST(Imap, WaitsForTheClientsNextBytesWhereNoAnswerToItsStarttlsCanCome) {
  const Bytes server = text("* OK IMAP4rev1\r\n") + Bytes{0} + text("no line\r\n");
  EXPECT_EQ(decode(text(". STARTTLS\r\n"), server).verdict(), Verdict::kMine);
  EXPECT_EQ(decode(text(". STARTTLS\r\n") + Bytes{0x16, 3}, server).answer.next, Next::kAny);
}

TEST(Imap, TakesWhatAnswersAChallengeForNoCommand) {
  const Decoded outcome =
      decode(text("1 AUTHENTICATE PLAIN\r\nAGEAYg==\r\n"), text("* OK IMAP4rev1\r\n+ \r\n1 OK in\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("auth_mechanism"), "PLAIN");
}

TEST(Imap, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_imap, text("a CAPABILITY\r\nb AUTHENTICATE PLAIN\r\nAGEAYg==\r\n"),
                            text("* OK ready\r\n* CAPABILITY IMAP4rev1\r\na OK\r\n+ \r\nb OK in\r\n"));
}

TEST(Imap, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_imap);
  EXPECT_EQ(decode({}, text("* hello\r\n"), true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("POST LIST\r\n"), text("HTTP")).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
