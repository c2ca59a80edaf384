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
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"command", "AUTH"}, {"logged_in", "1"}}));
}

TEST(Redis, CountsRefusedLogInsOneBehindTheOther) {
  const std::string auth = "*2\r\n$4\r\nauth\r\n$4\r\nabcd\r\n";
  const std::string wrong = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  EXPECT_EQ(decode(auth, wrong).verdict(), Verdict::kMine);  // another may follow
  EXPECT_EQ(facts(decode(auth, wrong, true).handshake()),
            (Facts{{"command", "AUTH"}, {"login_failures", "1"}}));
  const std::string old = "-ERR invalid password\r\n";
  const std::string commands = auth + auth + auth + "*1\r\n$4\r\nINFO\r\n";
  expect_the_same_cut_everywhere(decode_redis, text(commands), text(wrong + old + "+OK\r\n"));
  EXPECT_EQ(facts(decode(commands, wrong + old + "+OK\r\n").handshake()),
            (Facts{{"command", "AUTH"}, {"login_failures", "2"}, {"logged_in", "1"}}));
  EXPECT_EQ(facts(decode(auth + "*1\r\n$4\r\nINFO\r\n", wrong).handshake()).at("login_failures"), "1");
}

TEST(Redis, CountsALogInWithinHello) {
  constexpr std::string_view hello =
      "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$4\r\nabcd\r\n";
  EXPECT_EQ(facts(decode(hello, "-WRONGPASS no\r\n", true).handshake()).at("login_failures"), "1");
  EXPECT_EQ(facts(decode(hello, kHelloReply).handshake()).at("logged_in"), "1");
  EXPECT_FALSE(
      facts(decode(kHello, "-NOAUTH HELLO must be called with\r\n").handshake()).contains("login_failures"));
}

TEST(Redis, TakesNoOtherErrorForARefusedPassword) {
  for (const std::string_view error :
       {"-ERR AUTH <password> called without any password configured for the default user.\r\n",
        "-ERR Client sent AUTH, but no password is set\r\n", "-LOADING Redis is loading\r\n"})
    EXPECT_EQ(facts(decode("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", error).handshake()),
              (Facts{{"command", "AUTH"}}))
        << error;
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
  EXPECT_EQ(facts(at_port.handshake()), (Facts{{"command", "AUTH"}, {"logged_in", "1"}}));
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
