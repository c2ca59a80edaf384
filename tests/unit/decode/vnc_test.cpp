#include "decode/vnc.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kOffer = text("RFB 003.008\n") + Bytes{2, 2, 16}, kChallenge = text("sixteen bytes...");
const Bytes kServer = kOffer + kChallenge + be32(0), kClient = text("RFB 003.008\n") + Bytes{2} + zeros(16);

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false,
               std::array<std::uint16_t, 2> ports = {}) {
  return decode_stream(decode_vnc, first, second, ended, ports);
}

TEST(Vnc, TellsVersionsAndSecurityTypes) {
  const Decoded outcome = decode(kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "vnc");
  EXPECT_EQ(outcome.handshake().app_version, "3.8");
  const std::map<std::string_view, std::string> expected = {{"server_protocol_version", "3.8"},
                                                            {"client_protocol_version", "3.8"},
                                                            {"security_types", "vnc tight"},
                                                            {"logged_in", "1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
  EXPECT_EQ(facts(decode(kServer, kClient, false, {5901, 40000}).handshake()), expected);
}

TEST(Vnc, CountsARefusedLogIn) {
  const Bytes reason = be32(22) + text("Authentication failure");
  for (const std::uint32_t result : {1U, 2U})  // failed; too many attempts
    EXPECT_EQ(
        facts(decode(kClient, kOffer + kChallenge + be32(result) + reason).handshake()).at("login_failures"),
        "1");
  // Before 3.7 the server decides.
  EXPECT_EQ(
      facts(decode(text("RFB 003.003\n") + zeros(16), text("RFB 003.003\n") + be32(2) + kChallenge + be32(1))
                .handshake())
          .at("login_failures"),
      "1");
  EXPECT_EQ(decode(kClient, kOffer + kChallenge).verdict(), Verdict::kMine);
}

TEST(Vnc, TellsNoEndOfWhatItCantRead) {
  const Bytes tight = text("RFB 003.008\n") + Bytes{16};
  EXPECT_FALSE(facts(decode(tight, kServer).handshake()).contains("logged_in"));
  EXPECT_FALSE(facts(decode(kClient, kOffer + kChallenge, true).handshake()).contains("login_failures"));
  EXPECT_FALSE(facts(decode(kClient, kOffer + kChallenge + be32(7)).handshake()).contains("login_failures"));
  const Bytes nothing_offered = text("RFB 003.008\n") + Bytes{0} + be32(6) + text("no way");
  EXPECT_EQ(decode(text("RFB 003.008\n"), nothing_offered).verdict(), Verdict::kDone);
}

TEST(Vnc, TellsTheLowerVersionAndItsWayToDecide) {
  const Decoded outcome = decode(text("RFB 003.003\n"), text("RFB 003.008\n") + be32(1));
  EXPECT_EQ(outcome.handshake().app_version, "3.3");
  EXPECT_EQ(facts(outcome.handshake()).at("security_types"), "none");
  // Apple's server calls itself 3.889.
  EXPECT_EQ(decode(text("RFB 003.008\n"), text("RFB 003.889\n") + Bytes{1, 30}).handshake().app_version,
            "3.8");
}

TEST(Vnc, TellsAServerThatNobodyAnswers) {
  EXPECT_EQ(decode({}, text("RFB 004.001\n"), true).handshake().app_version, "4.1");
  EXPECT_EQ(decode({}, kServer, true, {5900, 40000}).handshake().app_version, "3.8");  // the port misleads
}

TEST(Vnc, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_vnc, kClient, kServer);
}

TEST(Vnc, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_vnc);
  EXPECT_EQ(decode({}, text("RFB x")).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
