#include "decode/rsync.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kClient = text("@RSYNCD: 30.0\nbackup\n"),
            kServer = text("@RSYNCD: 31.0 sha512 sha256 md5\n@RSYNCD: OK\n");

TEST(Rsync, TellsTheLowerVersionAndTheModule) {
  const Decoded outcome = decode_stream(decode_rsync, kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "rsync");
  EXPECT_EQ(outcome.handshake().app_version, "30.0");
  const std::map<std::string_view, std::string> expected = {
      {"server_protocol_version", "31.0"}, {"client_protocol_version", "30.0"}, {"module", "backup"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Rsync, TellsAServerAlone) {
  EXPECT_EQ(decode_stream(decode_rsync, {}, kServer, true).handshake().app_version, "31.0");
}

TEST(Rsync, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_rsync, kClient, kServer);
}

TEST(Rsync, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_rsync);
}

}  // namespace
}  // namespace vedette
