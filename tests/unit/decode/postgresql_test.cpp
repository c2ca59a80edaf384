#include "decode/postgresql.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;
using namespace std::string_view_literals;

Bytes request(std::uint32_t code, const Bytes& rest = {}) {
  return be32(rest.size() + 8) + be32(code) + rest;
}

Bytes message(char type, const Bytes& body) {
  return Bytes{static_cast<std::uint8_t>(type)} + be32(body.size() + 4) + body;
}

const Bytes kSslRequest = request(80877103);
const Bytes kStartup =
    request(0x30000, text("user\0ann\0database\0shop\0application_name\0psql\0client_encoding\0UTF8\0\0"sv));
const Bytes kReady = message('R', be32(10) + text("SCRAM-SHA-256\0\0"sv)) + message('R', be32(0)) +
                     message('S', text("TimeZone\0UTC\0"sv)) +
                     message('S', text("server_version\0"
                                       "16.4 (Debian)\0"sv)) +
                     message('Z', text("I"));

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_postgresql, first, second, ended);
}

TEST(Postgresql, TellsWhoAsksForWhatAndWhichServerAnswers) {
  const Decoded outcome = decode(kSslRequest + kStartup, text("N") + kReady);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "postgresql");
  EXPECT_EQ(outcome.handshake().app_version, "3.0");
  const std::map<std::string_view, std::string> expected = {{"starttls", "refused"},
                                                            {"user", "ann"},
                                                            {"database", "shop"},
                                                            {"application_name", "psql"},
                                                            {"auth_method", "SCRAM-SHA-256"},
                                                            {"server_software", "16.4 (Debian)"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Postgresql, CountsARefusedLogIn) {
  const Bytes asked = message('R', be32(3));
  const auto refused = [&](std::string_view code) {
    return message('E', text("SFATAL\0C"sv) + text(code) + text("\0Mno\0\0"sv));
  };
  EXPECT_EQ(facts(decode(kStartup, asked + refused("28P01")).handshake()).at("login_failures"), "1");
  EXPECT_FALSE(facts(decode(kStartup, asked + refused("3D000")).handshake()).contains("login_failures"));
}

TEST(Postgresql, HandsOnBehindAnAcceptedSslRequest) {
  const Decoded outcome = decode(kSslRequest + Bytes{0x16, 3, 1}, text("S"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array<std::size_t, 2>{8, 1}));
}

TEST(Postgresql, TriesGssapiThenTls) {
  const Decoded outcome = decode(request(80877104) + kSslRequest, text("NS"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.used, (std::array<std::size_t, 2>{16, 2}));
}

TEST(Postgresql, TellsOtherVersions) {
  EXPECT_EQ(decode(request(0x30002, text("user\0x\0\0"sv)), message('E', text("SFATAL\0\0"sv)))
                .handshake()
                .app_version,
            "3.2");
  const Bytes old = request(0x20000, text("shop") + zeros(60) + text("ann") + zeros(29) + zeros(192));
  const Decoded outcome = decode(old, text("N"), true);
  EXPECT_EQ(outcome.handshake().app_version, "2.0");
  EXPECT_EQ(facts(outcome.handshake()).at("user"), "ann");
  // A server that knows no newer minor version says which it speaks.
  EXPECT_EQ(decode(request(0x30002, text("user\0x\0\0"sv)), message('v', be32(0x30000) + be32(0)), true)
                .handshake()
                .app_version,
            "3.0");
}

TEST(Postgresql, TellsACancelRequest) {
  EXPECT_EQ(facts(decode(request(80877102, zeros(8)), {}, true).handshake()).at("request"), "cancel");
}

TEST(Postgresql, TellsAServerWithoutItsClient) {
  EXPECT_EQ(decode({}, kReady, true).verdict(), Verdict::kDone);
  EXPECT_EQ(decode({}, text("R and other words"), true).verdict(), Verdict::kNotMine);
}

TEST(Postgresql, BearsHostileLengths) {
  for (const std::uint32_t length : {0U, 3U, 30'001U, 0xffffffffU})
    EXPECT_EQ(decode(kStartup, text("R") + be32(length) + zeros(8)).verdict(), Verdict::kDone) << length;
  EXPECT_EQ(decode(be32(0xffffffff) + be32(0x30000), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(be32(9) + be32(80877103), {}).verdict(), Verdict::kNotMine);
}

TEST(Postgresql, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_postgresql, kSslRequest + kStartup, text("N") + kReady);
}

TEST(Postgresql, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_postgresql);
}

}  // namespace
}  // namespace vedette
