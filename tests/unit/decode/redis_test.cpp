#include "decode/redis.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

Decoded decode(std::string_view client, std::string_view server, bool ended = false) {
  return decode_stream(decode_redis, text(client), text(server), ended);
}

constexpr std::string_view kHello = "*2\r\n$5\r\nhello\r\n$1\r\n3\r\n";
constexpr std::string_view kHelloReply =
    "%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n$5\r\nproto\r\n:3\r\n";

TEST(Redis, TellsTheCommandAndNoArgument) {
  const Decoded outcome = decode("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", "+OK\r\n");
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "redis");
  EXPECT_EQ(outcome.handshake().app_version, "RESP2");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"command", "AUTH"}}));
}

TEST(Redis, TellsTheServerThatHelloIntroduces) {
  const Decoded outcome = decode(kHello, kHelloReply);
  EXPECT_EQ(outcome.handshake().app_version, "RESP3");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"command", "HELLO"}, {"server_software", "redis 7.2.4"}}));
  expect_the_same_cut_everywhere(decode_redis, text(kHello), text(kHelloReply));
}

TEST(Redis, TellsTheServerThatInfoDescribes) {
  constexpr std::string_view reply = "$42\r\n# Server\r\nredis_version:6.0.16\r\nredis_mode\r\n\r\n";
  const Decoded outcome = decode("INFO\r\n", reply);
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"command", "INFO"}, {"server_software", "redis 6.0.16"}}));
  expect_the_same_cut_everywhere(decode_redis, text("*1\r\n$4\r\ninfo\r\n"), text(reply));
}

TEST(Redis, TakesALineOfWordsOnlyWithAReply) {
  EXPECT_EQ(decode("PING\r\n", "").verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode("PING\r\n", "+PONG\r\n").verdict(), Verdict::kDone);
  EXPECT_EQ(decode("PING\r\n", "421 unknown\r\n").verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode("PING\r\n", "", true).verdict(), Verdict::kNotMine);
}

TEST(Redis, TakesTheCommandThatMailHasTooAtItsOwnPortAlone) {
  EXPECT_EQ(decode("PUBLISH Foo \"Hi there :)\"\r\n", ":2\r\n").verdict(), Verdict::kDone);
  EXPECT_EQ(decode("AUTH PLAIN AGEAYg==\r\n", "+OK\r\n").verdict(), Verdict::kNotMine);
  const Decoded at_port =
      decode_stream(decode_redis, text("AUTH noone password\r\n"), text("+OK\r\n"), false, {40000, 6379});
  ASSERT_EQ(at_port.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(at_port.handshake()), (Facts{{"command", "AUTH"}}));
}

TEST(Redis, LeavesWhatIsNot) {
  for (const std::string_view other :
       {"* OK IMAP4rev1\r\n", "*1\r\n+OK\r\n", "*0\r\n", "*99999999999999999999\r\n", "*1\r\n$0\r\n\r\n",
        "*1\r\n$99\r\n", "*1\r\n$3\r\n\x01\x02\x03\r\n", "GET / HTTP/1.1\r\n", "QUIT\r\n", "\x16\x03"})
    EXPECT_EQ(decode(other, "", true).verdict(), Verdict::kNotMine) << other;
  EXPECT_EQ(decode("GET / HTTP/1.1\r\n", "").verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
