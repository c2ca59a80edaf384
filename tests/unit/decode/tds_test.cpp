#include "decode/tds.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

Bytes packet(std::uint8_t type, const Bytes& body) {
  return Bytes{type, 1} + be16(body.size() + 8) + Bytes{0, 0, 1, 0} + body;
}

// VERSION and ENCRYPTION (MS-TDS §2.2.6.5).
Bytes prelogin(std::uint8_t type, std::uint8_t major, std::uint16_t build, std::uint8_t encryption) {
  return packet(type, Bytes{0} + be16(11) + be16(6) + Bytes{1} + be16(17) + be16(1) + Bytes{0xff} +
                          Bytes{major, 0} + be16(build) + zeros(2) + Bytes{encryption});
}

Bytes utf16(std::string_view letters) {
  Bytes all;
  for (const char letter : letters) all = all + Bytes{static_cast<std::uint8_t>(letter), 0};
  return all;
}

Bytes little16(std::size_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)};
}

Bytes login7() {
  const std::string_view texts[] = {"host", "ann", "secret", "app", "server", "", "lib", "", "shop"};
  Bytes offsets, data;
  for (const std::string_view one : texts) {
    offsets = offsets + little16(94 + data.size()) + little16(one.size());
    data = data + utf16(one);
  }
  const Bytes rest = Bytes{4, 0, 0, 0x74} + zeros(28) + offsets + zeros(22) + data;
  return packet(16, little16(rest.size() + 4) + zeros(2) + rest);
}

Bytes token(std::uint8_t type, const Bytes& value) {
  return Bytes{type} + little16(value.size()) + value;
}

// Number, state, class, and words that nobody reads (MS-TDS §2.2.7.10).
Bytes error(std::uint32_t number) {
  return token(0xaa, le32(number) + Bytes{1, 14} + little16(6) + utf16("failed") + zeros(5));
}

// Interface (of TDS 5.0 what became of the log-in), TDS version, program's name and version.
Bytes login_ack(std::uint8_t says) {
  return token(0xad, Bytes{says, 0x74, 0, 0, 4, 3} + utf16("SQL") + Bytes{15, 0, 7, 0xd0});
}

const Bytes kEnvironment = token(0xe3, {1, 0, 0}), kDone = Bytes{0xfd} + zeros(12);

const Bytes kClient = prelogin(18, 17, 0, 0);
const Bytes kServer = prelogin(4, 15, 2000, 1);

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_tds, first, second, ended);
}

TEST(Tds, TellsWhatBothSayBeforeTheLogin) {
  const Decoded outcome = decode(kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "tds");
  const std::map<std::string_view, std::string> expected = {
      {"server_version", "15.0.2000"}, {"client_version", "17.0.0"}, {"encryption", "on"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Tds, TellsALoginInClearAndNoPassword) {
  const Decoded outcome = decode(prelogin(18, 17, 0, 2) + login7(),
                                 prelogin(4, 9, 1399, 2) + packet(4, kEnvironment + login_ack(1) + kDone));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app_version, "7.4");
  const std::map<std::string_view, std::string> expected = {{"server_version", "9.0.1399"},
                                                            {"client_version", "17.0.0"},
                                                            {"encryption", "not_supported"},
                                                            {"client_host", "host"},
                                                            {"user", "ann"},
                                                            {"application_name", "app"},
                                                            {"database", "shop"},
                                                            {"logged_in", "1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Tds, CountsARefusedLogIn) {
  const Bytes refusal = packet(4, error(18456) + kDone);
  for (const Bytes& before : {prelogin(4, 9, 1399, 2), prelogin(4, 9, 1399, 0)})
    EXPECT_EQ(
        facts(decode(prelogin(18, 17, 0, 2) + login7(), before + refusal).handshake()).at("login_failures"),
        "1");
  EXPECT_EQ(facts(decode(login7(), refusal).handshake()).at("login_failures"), "1");
  // The password was right, and the database isn't there.
  const Bytes no_database = packet(4, error(4060) + error(18456) + kDone);
  EXPECT_FALSE(facts(decode(login7(), no_database).handshake()).contains("login_failures"));
  EXPECT_FALSE(
      facts(decode(login7(), packet(4, error(17809) + kDone)).handshake()).contains("login_failures"));
}

TEST(Tds, ReadsTheAnswerBehindTlsThatWasForTheLogInAlone) {
  const Bytes tls = packet(18, {0x16, 3, 3, 0, 1, 2}), challenge = packet(4, token(0xed, text("NTLMSSP")));
  const Bytes client = prelogin(18, 17, 0, 0) + tls + Bytes{0x17, 3, 3, 0, 1, 7};
  const Bytes server = prelogin(4, 15, 2000, 0) + tls + challenge;
  EXPECT_EQ(facts(decode(client, server + packet(4, error(18456))).handshake()).at("login_failures"), "1");
  EXPECT_EQ(facts(decode(client, server + packet(4, login_ack(1))).handshake()).at("logged_in"), "1");
  EXPECT_EQ(decode(client, server).verdict(), Verdict::kMine);
  EXPECT_EQ(decode(client, server + Bytes{0x17, 3, 3, 0, 1, 7, 7, 7}).verdict(), Verdict::kDone);
}

TEST(Tds, TellsWhatTds5SaysOfALogIn) {
  const Bytes old = packet(2, zeros(500));
  EXPECT_EQ(facts(decode(old, packet(4, login_ack(6))).handshake()).at("login_failures"), "1");
  EXPECT_EQ(facts(decode(old, packet(4, login_ack(5))).handshake()).at("logged_in"), "1");
}

TEST(Tds, IsToldWithinASessionByBothSidesOrByItsHeaders) {
  const Bytes batch = packet(1, utf16("select 1"));
  EXPECT_EQ(decode(batch, packet(4, {0x81, 1, 0})).verdict(), Verdict::kDone);
  EXPECT_EQ(decode(batch, packet(4, {0x33, 1, 0})).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(batch, {}, true).verdict(), Verdict::kNotMine);
  const Bytes headers = Bytes{22, 0, 0, 0, 18, 0, 0, 0, 2, 0} + zeros(12);
  EXPECT_EQ(decode(packet(1, headers + utf16("select 1")), {}, true).verdict(), Verdict::kDone);
}

TEST(Tds, BearsHostileOffsets) {
  const Bytes lying = packet(18, Bytes{0} + be16(0xfff0) + be16(0xffff) + Bytes{0xff});
  EXPECT_EQ(decode(lying, kServer).verdict(), Verdict::kNotMine);
  for (const Bytes& tokens : {Bytes{0xaa, 0xff, 0xff, 1}, Bytes{0xad, 0, 0}, Bytes{0xad, 0}, Bytes{}})
    EXPECT_EQ(decode(login7(), packet(4, tokens)).verdict(), Verdict::kDone);
}

TEST(Tds, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_tds, prelogin(18, 17, 0, 2) + login7(),
                            prelogin(4, 9, 1399, 2) + packet(4, error(18456) + kDone));
}

TEST(Tds, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_tds);
}

}  // namespace
}  // namespace vedette
