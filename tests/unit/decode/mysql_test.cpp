#include "decode/mysql.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;
using namespace std::string_view_literals;

Bytes packet(std::uint8_t sequence, const Bytes& body) {
  const std::size_t size = body.size();
  return Bytes{static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(size >> 8),
               static_cast<std::uint8_t>(size >> 16), sequence} +
         body;
}

Bytes greeting(std::string_view version, std::uint8_t protocol = 10) {
  return packet(0, Bytes{protocol} + text(version) + zeros(1) + Bytes{7, 0, 0, 0} + text("scramble") +
                       zeros(1) + Bytes{0xff, 0xff, 0x21, 2, 0, 0xff, 0xdf, 21} + zeros(10) +
                       text("scrambled-on\0"sv));
}

// PROTOCOL_41 | SSL? | SECURE_CONNECTION | CONNECT_WITH_DB | PLUGIN_AUTH | CONNECT_ATTRS
Bytes client_head(bool ssl) {
  return Bytes{0x08, static_cast<std::uint8_t>(ssl ? 0x8a : 0x82), 0x18, 0} + Bytes{0, 0, 0, 1, 0x21} +
         zeros(23);
}

const Bytes kServer = greeting("8.0.28");
const Bytes kAttributes = text(
    "\x0c_client_name\x08libmysql\x0f_client_version\x06"
    "8.0.32"sv);
const Bytes kClient = packet(1, client_head(false) + text("ann\0"sv) + Bytes{4, 1, 2, 3, 4} +
                                    text("shop\0"sv) + text("mysql_native_password\0"sv) +
                                    Bytes{static_cast<std::uint8_t>(kAttributes.size())} + kAttributes);

const Bytes kOk = packet(2, {0, 0, 0, 2, 0, 0, 0});

Bytes refusal(std::uint8_t sequence, std::uint16_t number, std::string_view words) {
  return packet(sequence, Bytes{0xff} + le16(number) + text(words));
}

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_mysql, first, second, ended);
}

TEST(Mysql, TellsGreetingAndLogin) {
  const Decoded outcome = decode(kClient, kServer + kOk);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "mysql");
  EXPECT_EQ(outcome.handshake().app_version, "10");
  const std::map<std::string_view, std::string> expected = {{"server_software", "8.0.28"},
                                                            {"user", "ann"},
                                                            {"database", "shop"},
                                                            {"auth_plugin", "mysql_native_password"},
                                                            {"client_software", "libmysql 8.0.32"},
                                                            {"logged_in", "1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
  EXPECT_EQ(decode(kServer + kOk, kClient).handshake(), outcome.handshake());
}

TEST(Mysql, CountsARefusedLogIn) {
  const auto told = facts(
      decode(kClient, kServer + refusal(2, 1045, "#28000Access denied for user 'ann'@'b'")).handshake());
  EXPECT_EQ(told.at("login_failures"), "1");
  EXPECT_EQ(told.at("error"), "1045");
  EXPECT_FALSE(told.contains("logged_in"));
  // What a plugin refuses by; and before protocol 4.1, which has no SQLSTATE.
  for (const Bytes& server : {refusal(2, 1698, "#28000Access denied for user 'root'@'b'"),
                              refusal(2, 1045, "Access denied for user: 'ann@b'")})
    EXPECT_EQ(facts(decode(kClient, kServer + server).handshake()).at("login_failures"), "1");
}

TEST(Mysql, TakesNoOtherErrorForARefusedPassword) {
  for (const Bytes& server : {refusal(2, 1049, "#42000Unknown database 'shop'"),
                              refusal(2, 1044, "#42000Access denied for user 'ann' to database 'shop'"),
                              refusal(2, 1040, "#08004Too many connections")})
    EXPECT_FALSE(facts(decode(kClient, kServer + server).handshake()).contains("login_failures"));
}

TEST(Mysql, FollowsAServerThatAsksForMore) {
  // Another plugin's scramble; caching_sha2_password's "perform full authentication", and a key.
  const Bytes switched = packet(2, Bytes{0xfe} + text("caching_sha2_password\0scramble\0"sv));
  const Bytes more = packet(4, {1, 4}) + packet(6, Bytes{1} + text("-----BEGIN PUBLIC KEY-----"));
  EXPECT_EQ(facts(decode(kClient, kServer + switched + more + packet(8, {0, 0, 0, 2, 0, 0, 0})).handshake())
                .at("logged_in"),
            "1");
  EXPECT_EQ(facts(decode(kClient, kServer + switched + more + refusal(8, 1045, "#28000no")).handshake())
                .at("login_failures"),
            "1");
  EXPECT_EQ(decode(kClient, kServer + switched).verdict(), Verdict::kMine);
}

TEST(Mysql, TellsALogInThatNobodyAnswered) {
  const Decoded outcome = decode(kClient, kServer, true);
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_FALSE(facts(outcome.handshake()).contains("logged_in"));
}

TEST(Mysql, TellsMariaDbByItsOwnVersion) {
  EXPECT_EQ(facts(decode({}, greeting("5.5.5-10.3.9-MariaDB-log"), true).handshake()).at("server_software"),
            "10.3.9-MariaDB-log");
  EXPECT_EQ(decode({}, greeting("3.20.32", 9), true).handshake().app_version, "9");
}

TEST(Mysql, HandsOnBehindAnSslRequest) {
  const Bytes client = packet(1, client_head(true));
  const Decoded outcome = decode(client + Bytes{0x16, 3, 1}, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{client.size(), kServer.size()}));
}

TEST(Mysql, TellsAServerThatRefusesAtOnce) {
  const Bytes server = packet(0, Bytes{0xff, 0x6a, 4} + text("Host 'a' is not allowed to connect"));
  EXPECT_EQ(facts(decode({}, server, true).handshake()).at("error"), "1130");
}

TEST(Mysql, BearsHostileLengths) {
  EXPECT_EQ(decode({}, Bytes{0xff, 0xff, 0, 0, 10}).verdict(), Verdict::kNotMine);
  const Bytes lying = packet(1, client_head(false) + text("ann\0"sv) + Bytes{0xff, 1, 2});
  EXPECT_EQ(facts(decode(lying, kServer + kOk).handshake()).at("user"), "ann");
  // Numbers that don't rise are no answer to the log-in; a length beyond all bounds is none either.
  for (const Bytes& server : {packet(1, {0xfe}), Bytes{0xff, 0xff, 0xff, 2, 0xfe}, Bytes(64, 0xfe)})
    EXPECT_EQ(decode(kClient, kServer + server).verdict(), Verdict::kDone);
}

TEST(Mysql, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_mysql, kClient, kServer + kOk);
  expect_sound_at_every_cut(decode_mysql, kClient, kServer + refusal(2, 1045, "#28000Access denied"));
}

TEST(Mysql, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_mysql);
}

}  // namespace
}  // namespace vedette
