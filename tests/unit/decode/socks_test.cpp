#include "decode/socks.h"

#include <gtest/gtest.h>

#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

const Bytes kRequest5 = Bytes{5, 1, 0, 3, 11} + text("example.org") + be16(443);
const Bytes kReply5 = Bytes{5, 0, 0, 1, 192, 0, 2, 1} + be16(40000);

TEST(Socks, TellsWhereVersion5Connects) {
  const Bytes client = Bytes{5, 2, 0, 1} + kRequest5, server = Bytes{5, 0} + kReply5;
  const Decoded outcome = decode_stream(decode_socks, client + text("\x16\x03\x01"), server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{client.size(), server.size()}));
  EXPECT_EQ(outcome.handshake().app, "socks");
  EXPECT_EQ(outcome.handshake().app_version, "5");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"methods", "none gssapi"},
                                               {"chosen_method", "none"},
                                               {"command", "connect"},
                                               {"requested_host", "example.org"},
                                               {"requested_port", "443"},
                                               {"reply_code", "0"}}));
  EXPECT_EQ(decode_stream(decode_socks, server, client).handshake(), outcome.handshake());
  cut_everywhere(decode_socks, client, server);
  cut_everywhere(decode_socks, client, server, {40000, 1080});
}

TEST(Socks, TellsTheUserButNoPassword) {
  const Bytes client = Bytes{5, 1, 2} + Bytes{1, 3} + text("bob") + Bytes{6} + text("secret") + kRequest5;
  const Bytes server = Bytes{5, 2, 1, 0} + kReply5;
  const Decoded outcome = decode_stream(decode_socks, client, server);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(facts(outcome.handshake()).at("user"), "bob");
  for (const auto& [name, value] : facts(outcome.handshake()))
    EXPECT_EQ(value.find("secret"), std::string::npos);
  cut_everywhere(decode_socks, client, server);
  EXPECT_EQ(decode_stream(decode_socks, client, {5, 2, 1, 1}).answer.next, Next::kNobody);  // wrong password
}

TEST(Socks, HandsOnNothingThatWasRefused) {
  EXPECT_EQ(decode_stream(decode_socks, {5, 1, 0}, {5, 0xff}).answer.next, Next::kNobody);
  const Decoded refused =
      decode_stream(decode_socks, Bytes{5, 1, 0} + kRequest5, Bytes{5, 0, 5, 5, 0, 1} + Bytes(6, 0));
  EXPECT_EQ(refused.verdict(), Verdict::kDone);
  EXPECT_EQ(refused.answer.next, Next::kNobody);
  EXPECT_EQ(facts(refused.handshake()).at("reply_code"), "5");
}

TEST(Socks, TellsVersion4And4a) {
  const Bytes reply = Bytes{0, 0x5a} + Bytes(6, 0);
  const Bytes four = Bytes{4, 1} + be16(25) + Bytes{192, 0, 2, 9} + text("me") + Bytes{0};
  const Bytes named =
      Bytes{4, 1} + be16(25) + Bytes{0, 0, 0, 1} + text("me") + Bytes{0} + text("example.org") + Bytes{0};
  EXPECT_EQ(decode_stream(decode_socks, four, reply).handshake().app_version, "4");
  EXPECT_EQ(facts(decode_stream(decode_socks, four, reply).handshake()),
            (Facts{{"command", "connect"},
                   {"requested_host", "192.0.2.9"},
                   {"requested_port", "25"},
                   {"user", "me"},
                   {"reply_code", "90"}}));
  EXPECT_EQ(decode_stream(decode_socks, named, reply).handshake().app_version, "4a");
  EXPECT_EQ(facts(decode_stream(decode_socks, named, reply).handshake()).at("requested_host"), "example.org");
  cut_everywhere(decode_socks, four, reply);
  cut_everywhere(decode_socks, named, reply);
}

TEST(Socks, TellsAServerThatIntroducesItselfToItsClient) {
  const Bytes introduction = {0x4e, 0x5a, 0x05, 0x08, 0x87, 0x4e};
  const Bytes server = introduction + Bytes{5, 0} + kReply5, client = Bytes{5, 1, 0} + kRequest5;
  const Decoded outcome = decode_stream(decode_socks, server + text("HTTP/1.1 200"), client + text("GET /"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{server.size(), client.size()}));
  EXPECT_EQ(facts(outcome.handshake()).at("requested_host"), "example.org");
  EXPECT_EQ(decode_stream(decode_socks, introduction, {}).verdict(), Verdict::kUndecided);
  cut_everywhere(decode_socks, server, client);
  cut_everywhere(decode_socks, client, server);
  // Nothing short of the whole exchange tells.
  EXPECT_EQ(decode_stream(decode_socks, introduction + Bytes{5, 0}, client, true).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_socks, introduction + Bytes{5, 2} + kReply5, client, true).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_socks, Bytes(65, 0x80) + server, client, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_socks, Bytes(65, 0x80), {}).verdict(), Verdict::kNotMine);
}

TEST(Socks, IsNotWhatOthersSpeak) {
  // DNP3 begins with 05 64 on both sides, DCE/RPC with 05 00.
  const Bytes dnp3 = Bytes{0x05, 0x64, 0x0a, 0x44, 0x01, 0x00, 0x0a, 0x00} + Bytes(120, 0x6e);
  EXPECT_EQ(decode_stream(decode_socks, dnp3, dnp3).verdict(), Verdict::kNotMine);
  is_not(decode_socks, {text("GET / HTTP/1.1"), Bytes{5, 0, 11, 3, 16, 0, 0, 0},
                        Bytes{4, 9, 0, 80, 1, 2, 3, 4, 0}, Bytes{4, 1, 0, 80, 1, 2, 3, 4} + Bytes(300, 'x')});
}

}  // namespace
}  // namespace vedette
