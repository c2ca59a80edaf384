#include "decode/oracle.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

Bytes packet(std::uint8_t type, const Bytes& body) {
  return be16(body.size() + 8) + be16(0) + Bytes{type, 0} + be16(0) + body;
}

Bytes connect(std::string_view description) {
  return packet(1, be16(315) + be16(300) + zeros(12) + be16(description.size()) + be16(34) + zeros(6) +
                       text(description));
}

const Bytes kClient = connect(
    "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=shop)(CID=(PROGRAM=sqlplus)(HOST=desk)(USER=ann)))"
    "(ADDRESS=(PROTOCOL=TCP)(HOST=10.0.0.17)(PORT=1521)))");
const Bytes kServer = packet(2, be16(314) + zeros(16));

TEST(Oracle, TellsWhoAsksForWhat) {
  const Decoded outcome = decode_stream(decode_oracle, kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "oracle");
  EXPECT_EQ(outcome.handshake().app_version, "314");
  const std::map<std::string_view, std::string> expected = {{"service_name", "shop"},
                                                            {"client_software", "sqlplus"},
                                                            {"client_host", "desk"},
                                                            {"user", "ann"},
                                                            {"answer", "accept"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Oracle, BearsHostileOffsets) {
  Bytes lying = kClient;
  lying[24] = lying[25] = lying[26] = lying[27] = 0xff;
  EXPECT_EQ(decode_stream(decode_oracle, lying, kServer, true).verdict(), Verdict::kNotMine);
}

TEST(Oracle, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_oracle, kClient, kServer);
}

TEST(Oracle, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_oracle);
}

}  // namespace
}  // namespace vedette
