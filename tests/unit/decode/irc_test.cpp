#include "decode/irc.h"

#include <gtest/gtest.h>

#include "cuts.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kClient =
    text("CAP LS\r\nPASS secret\r\nNICK ann\r\nUSER ann 0 * :Ann Example\r\nJOIN #one,#two key\r\n");
const Bytes kServer = text(
    "NOTICE AUTH :*** Looking up your hostname\r\n:irc.example 001 ann :Welcome\r\n"
    ":irc.example 004 ann irc.example ircd-1.2 abc def\r\n:ann JOIN #one\r\n");

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_irc, first, second, ended);
}

TEST(Irc, TellsWhoComesAndWhereTo) {
  const Decoded outcome = decode(kClient, kServer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "irc");
  const std::map<std::string_view, std::string> expected = {{"nick", "ann"},
                                                            {"user", "ann"},
                                                            {"real_name", "Ann Example"},
                                                            {"channels", "#one #two"},
                                                            {"server_name", "irc.example"},
                                                            {"server_software", "ircd-1.2"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
  EXPECT_EQ(decode(kServer, kClient).handshake(), outcome.handshake());
}

TEST(Irc, HandsOnBehindAnAcceptedStarttls) {
  const Bytes client = text("STARTTLS\r\n"), server = text(":irc.example 670 * :STARTTLS successful\r\n");
  const Decoded outcome = decode(client + Bytes{0x16, 3, 1}, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{client.size(), server.size()}));
}

TEST(Irc, IsToldOfOneSideOnlyWhereThatIsSure) {
  EXPECT_EQ(decode(text("NICK ann\r\nUSER ann 0 * :Ann\r\n"), {}, true).verdict(), Verdict::kDone);
  EXPECT_EQ(decode(text("USER ann\r\nPASS x\r\n"), {}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({}, text(":irc.example 001 ann :Welcome\r\n"), true).verdict(), Verdict::kDone);
  EXPECT_EQ(decode(text("USER ann\r\n"), text("331 password\r\n")).verdict(), Verdict::kNotMine);
}

TEST(Irc, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_irc, kClient, kServer);
}

TEST(Irc, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_irc);
}

}  // namespace
}  // namespace vedette
