#include "decode/rtsp.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kDescribe =
    text("DESCRIBE rtsp://media.example.com/twister RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: player/3\r\n\r\n");
const Bytes kAnswer = text("RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nServer: camera/1\r\n\r\n");

TEST(Rtsp, TellsARequestWithItsResponse) {
  const Decoded outcome = decode_stream(decode_rtsp, kDescribe, kAnswer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "rtsp");
  EXPECT_EQ(outcome.handshake().app_version, "1.0");
  const std::map<std::string_view, std::string> expected = {{"method", "DESCRIBE"},
                                                            {"uri", "rtsp://media.example.com/twister"},
                                                            {"user_agent", "player/3"},
                                                            {"status", "401"},
                                                            {"server", "camera/1"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
  EXPECT_EQ(facts(decode_stream(decode_rtsp, kAnswer, kDescribe).handshake()), expected);
}

TEST(Rtsp, IsToldTheSameWhateverIsKnownOfIt) {
  expect_the_same_cut_everywhere(decode_rtsp, kDescribe, kAnswer);
}

TEST(Rtsp, TellsVersionTwo) {
  const Decoded outcome = decode_stream(decode_rtsp, text("OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\n"), {}, true);
  EXPECT_EQ(outcome.handshake().app_version, "2.0");
}

TEST(Rtsp, LeavesWhatIsNot) {
  EXPECT_EQ(decode_stream(decode_rtsp, text("OPTIONS * HTTP/1.1\r\n"), {}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
