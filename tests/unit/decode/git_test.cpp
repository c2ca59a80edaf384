#include "decode/git.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;
using namespace std::string_view_literals;

const Bytes kClient = text("003agit-upload-pack /shop.git\0host=git.example\0\0version=2\0\0\0\0"sv);
const Bytes kServer = text("000eversion 2\n0010agent=git/2\n");

TEST(Git, TellsServicePathHostAndVersion) {
  const Decoded outcome = decode_stream(decode_git, kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "git");
  EXPECT_EQ(outcome.handshake().app_version, "2");
  const std::map<std::string_view, std::string> expected = {
      {"service", "git-upload-pack"}, {"path", "/shop.git"}, {"host", "git.example"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
  EXPECT_EQ(decode_stream(decode_git, kServer, kClient).handshake(), outcome.handshake());
}

TEST(Git, TellsVersion0OfAServerThatNamesNone) {
  EXPECT_EQ(decode_stream(decode_git, kClient, text("00c9348534c760d2f56ecf93f8d67b84c5f0aba077c1 HEAD"))
                .handshake()
                .app_version,
            "0");
}

TEST(Git, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_git, kClient, kServer);
}

TEST(Git, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_git);
  EXPECT_EQ(decode_stream(decode_git, text("0000git-upload-pack /a"), {}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_git, text("003egit-else /a"), {}, true).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
