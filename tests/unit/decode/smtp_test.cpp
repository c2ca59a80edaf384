#include "decode/smtp.h"

#include <gtest/gtest.h>

#include "cuts.h"
#include "decode/ftp.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kGreeting = text("220 mx.example.org ESMTP Postfix (Debian/GNU)\r\n");
const Bytes kEhlo = text("EHLO client.example.net\r\n");
const Bytes kExtensions = text("250-mx.example.org\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 8BITMIME\r\n");
const Bytes kTls = {0x16, 3, 1, 0, 5};

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false,
               std::array<std::uint16_t, 2> ports = {}) {
  return decode_stream(decode_smtp, first, second, ended, ports);
}

TEST(Smtp, CountsRefusedLogIns) {
  const Decoded outcome =
      decode(kEhlo + text("AUTH PLAIN AGEAYg==\r\nAUTH LOGIN\r\nYW5u\r\neA==\r\nQUIT\r\n"),
             kGreeting + kExtensions +
                 text("535 no\r\n334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n535 no\r\n221 bye\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("login_failures"), "2");
}

TEST(Smtp, TellsALetterUpToItsText) {
  const Bytes client =
      kEhlo + text(
                  "AUTH PLAIN AGEAYg==\r\nMAIL FROM:<ann@example.net> SIZE=9\r\n"
                  "RCPT TO:<bob@example.org>\r\nRCPT TO:<carol@example.org>\r\nDATA\r\nSubject: x\r\n");
  const Bytes server =
      kGreeting + kExtensions + text("235 ok\r\n250 ok\r\n250 ok\r\n550 no such user\r\n354 go on\r\n");
  const Decoded outcome = decode(client, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
  EXPECT_EQ(outcome.handshake().app, "smtp");
  EXPECT_EQ(outcome.handshake().app_version, "ESMTP");
  const std::map<std::string_view, std::string> expected = {
      {"server_name", "mx.example.org"},  {"server_software", "Postfix (Debian/GNU)"},
      {"helo", "client.example.net"},     {"starttls", "offered"},
      {"auth_mechanism", "PLAIN"},        {"mail_from_domain", "example.net"},
      {"rcpt_to_domains", "example.org"}, {"logged_in", "1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Smtp, HandsOnBehindAnAcceptedStarttls) {
  const Bytes client = kEhlo + text("STARTTLS\r\n"),
              server = kGreeting + kExtensions + text("220 2.0.0 Ready\r\n");
  const Decoded outcome = decode(client + kTls, server + kTls);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{client.size(), server.size()}));
  EXPECT_EQ(facts(outcome.handshake()).at("starttls"), "accepted");
}

TEST(Smtp, GoesOnBehindARefusedStarttls) {
  const Decoded outcome = decode(kEhlo + text("STARTTLS\r\nQUIT\r\n"),
                                 kGreeting + kExtensions + text("454 TLS not available\r\n221 bye\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
  EXPECT_EQ(facts(outcome.handshake()).at("starttls"), "refused");
}

TEST(Smtp, TakesWhatAnswersAChallengeForNoCommand) {
  const Decoded outcome =
      decode(text("EHLO a\r\nAUTH LOGIN\r\nUVVJVA==\r\nMAIL \r\nQUIT\r\n"),
             kGreeting + text("250 hi\r\n334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n535 no\r\n221 bye\r\n"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("auth_mechanism"), "LOGIN");
}

TEST(Smtp, IsToldFromFtpByTheGreetingsWordsThenByTheCommandsThenByThePort) {
  const auto both = [](const Bytes& client, const Bytes& server, std::uint16_t port, bool ended = true) {
    return std::array{decode(client, server, ended, {40000, port}).verdict(),
                      decode_stream(decode_ftp, client, server, ended, {40000, port}).verdict()};
  };
  using Verdicts = std::array<Verdict, 2>;
  const Verdicts smtp = {Verdict::kDone, Verdict::kNotMine}, ftp = {Verdict::kNotMine, Verdict::kDone};
  const Verdicts neither = {Verdict::kNotMine, Verdict::kNotMine},
                 either = {Verdict::kUndecided, Verdict::kUndecided};
  const Bytes plain = text("220 welcome\r\n");
  EXPECT_EQ(both({}, text("220 x ESMTP\r\n"), 21), smtp);
  EXPECT_EQ(both({}, text("220 (vsFTPd 3.0.3)\r\n"), 25), ftp);
  EXPECT_EQ(both(text("HELO a\r\n"), plain, 21), smtp);
  EXPECT_EQ(both(text("USER a\r\n"), plain, 25), ftp);
  EXPECT_EQ(both(text("AUTH TLS\r\n"), plain, 25), ftp);
  EXPECT_EQ(both(text("AUTH PLAIN\r\n"), plain, 21), smtp);
  EXPECT_EQ(both({}, plain, 25), smtp);
  EXPECT_EQ(both({}, plain, 21), ftp);
  EXPECT_EQ(both({}, plain, 8021), neither);
  EXPECT_EQ(both({}, plain, 25, false), either);
  EXPECT_EQ(both(text("QUIT\r\n"), plain, 25, false), either);
  EXPECT_EQ(both(text("NICK x\r\n"), plain, 25), neither);
}

TEST(Smtp, TellsASessionWhoseServerTheCaptureLacks) {
  const Decoded outcome = decode(
      text("HELO a.example\r\nMAIL FROM:<x@b.example>\r\nRCPT TO:<y@c.example>\r\nDATA\r\n"), {}, true);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("rcpt_to_domains"), "c.example");
  EXPECT_EQ(decode(text("HELO a.example\r\n"), {}, true).verdict(), Verdict::kNotMine);
}

TEST(Smtp, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_smtp,
                            kEhlo + text("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nQUIT\r\n"),
                            kGreeting + kExtensions + text("250 ok\r\n250 ok\r\n221 bye\r\n"), {40000, 25});
  expect_sound_at_every_cut(decode_smtp, kEhlo + text("STARTTLS\r\n") + kTls,
                            kGreeting + kExtensions + text("220 go\r\n") + kTls, {40000, 25});
}

TEST(Smtp, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_smtp);
  EXPECT_EQ(decode(text("GET "), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({}, text("SSH-")).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({}, text("200 NNTP service\r\n")).verdict(), Verdict::kUndecided);
  EXPECT_EQ(
      decode(text("MODE READER\r\n"), text("200 news.example.org ready\r\n"), true, {40000, 119}).verdict(),
      Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
