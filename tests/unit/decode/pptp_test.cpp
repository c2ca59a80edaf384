#include "decode/pptp.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

// Start-Control-Connection-Request (1) or -Reply (2), RFC 2637 §2.1 and §2.2.
Bytes start(std::uint16_t type, std::string_view host, std::string_view vendor) {
  return be16(156) + be16(1) + be32(0x1a2b3c4d) + be16(type) + be16(0) + be16(0x0100) + zeros(14) +
         text(host) + zeros(64 - host.size()) + text(vendor) + zeros(64 - vendor.size());
}

const Bytes kClient = start(1, "desk", "Microsoft"), kServer = start(2, "gate", "linux");

TEST(Pptp, TellsBothSides) {
  const Decoded outcome = decode_stream(decode_pptp, kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "pptp");
  EXPECT_EQ(outcome.handshake().app_version, "1.0");
  const std::map<std::string_view, std::string> expected = {{"client_host", "desk"},
                                                            {"client_vendor", "Microsoft"},
                                                            {"server_host", "gate"},
                                                            {"server_vendor", "linux"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Pptp, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_pptp, kClient, kServer);
}

TEST(Pptp, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_pptp);
}

}  // namespace
}  // namespace vedette
