#include "decode/nomachine.h"

#include <gtest/gtest.h>

#include "cuts.h"
#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

const Bytes kClient = text("NXSH-8.10.1\n"), kServer = text("NXD-8.9.12\n");
const Bytes kTls = {22, 3, 1, 2, 0, 1};

TEST(Nomachine, HandsOnWhatStandsBehindBothNames) {
  const Decoded outcome = decode_stream(decode_nomachine, kClient + kTls, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{kClient.size(), kServer.size()}));
  EXPECT_EQ(outcome.handshake().app, "nomachine");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"client_version", "8.10.1"}, {"server_version", "8.9.12"}}));
  EXPECT_EQ(decode_stream(decode_nomachine, kServer, kClient).handshake(), outcome.handshake());
  cut_everywhere(decode_nomachine, kClient, kServer);
  expect_sound_at_every_cut(decode_nomachine, kClient, kServer);
}

TEST(Nomachine, TellsOneSideWhereTheOtherWasNotCaptured) {
  EXPECT_EQ(decode_stream(decode_nomachine, kClient, {}).verdict(), Verdict::kUndecided);
  const Decoded outcome = decode_stream(decode_nomachine, kClient, {}, true);
  EXPECT_EQ(outcome.answer.used, (std::array{kClient.size(), std::size_t{0}}));
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"client_version", "8.10.1"}}));
}

TEST(Nomachine, IsNotWhatOthersSpeak) {
  is_not(decode_nomachine, {text("NXSH-8.10\n"), text("NXSH-8.10.x\n"), text("NXD-\n"), text("NX> 105\n"),
                            text("NXSH-8.10.1 and something else\n"), text("NXSH-8..1\n"), Bytes(30, 'N')});
  EXPECT_EQ(decode_stream(decode_nomachine, kClient, kClient).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_nomachine, kClient, text("SSH-2.0-x\r\n")).verdict(), Verdict::kNotMine);
  expect_no_claim_of_others(decode_nomachine);
}

}  // namespace
}  // namespace vedette
