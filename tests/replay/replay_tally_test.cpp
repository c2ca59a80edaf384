#include "replay/replay_tally.h"

#include <gtest/gtest.h>

#include "tests/replay/file_packet.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

Policy policy() {
  Policy made;
  made.allow.push_back(source_in("192.0.2.7"));
  made.block.push_back(source_in("198.51.100.0/24"));
  made.rules.resize(3);
  made.rules[0].observe = true;
  made.rules[0].verdict = RuleVerdict::kDrop;
  made.rules[1].verdict = RuleVerdict::kDrop;
  made.rules[2].verdict = RuleVerdict::kLimit;
  made.protocols.resize(2);
  return made;
}

class ReplayTallyTest : public ::testing::Test {
 protected:
  void add(const DryRunOutcome& outcome) { tally_.add(5s, udp_.facts.core, outcome); }

  Policy policy_ = policy();
  ReplayTally tally_{policy_};
  MadePacket udp_{ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, {})))};
  MadePacket other_{ethernet(0x88cc, zeros(50))};
};

TEST_F(ReplayTallyTest, Balances) {
  const std::array<TakenBy, 2> taken{{{.rule = 0, .drops = true}, {.rule = 2, .drops = true}}};
  add({});
  add({.dropped = true, .by = DecidedBy::kBlock, .number = 0});
  add({.dropped = true, .by = DecidedBy::kRule, .number = 2, .taken = taken});
  add({.by = DecidedBy::kRule, .number = 2, .taken = std::span(taken).first(1)});
  add({.dropped = true, .by = DecidedBy::kRule, .number = 1});
  add({.by = DecidedBy::kAllow, .number = 0, .taken = taken, .spared_from_rule = true});
  add({.dropped = true, .by = DecidedBy::kProtocol, .number = 1});
  tally_.add(1s, other_.facts.core, DryRunOutcome{});
  tally_.add(9s, udp_.facts.core, Undecided::kCutOff);
  EXPECT_EQ(tally_.seen().packets, 9U);
  EXPECT_EQ(tally_.passed().packets, 4U);
  EXPECT_EQ(tally_.dropped().packets, 4U);
  EXPECT_EQ(tally_.undecided().packets, 1U);
  EXPECT_EQ(tally_.seen().bytes, tally_.passed().bytes + tally_.dropped().bytes + tally_.undecided().bytes);
  EXPECT_EQ(tally_.of(PassedBy::kNothing).packets, 1U);
  EXPECT_EQ(tally_.of(PassedBy::kNotIp).packets, 1U);
  EXPECT_EQ(tally_.of(PassedBy::kLimit).packets, 1U);
  EXPECT_EQ(tally_.of(PassedBy::kAllow).packets, 1U);
  EXPECT_EQ(tally_.of(DroppedBy::kBlock).packets, 1U);
  EXPECT_EQ(tally_.of(DroppedBy::kRule).packets, 1U);
  EXPECT_EQ(tally_.of(DroppedBy::kLimit).packets, 1U);
  EXPECT_EQ(tally_.of(DroppedBy::kProtocol).packets, 1U);
  EXPECT_EQ(tally_.protocols()[1].dropped.packets, 1U);
  EXPECT_EQ(tally_.protocol_sources(1, 9).size(), 1U);
  EXPECT_EQ(tally_.of(Undecided::kCutOff).packets, 1U);
  EXPECT_EQ(tally_.rules()[0].dropped.packets, 3U);
  EXPECT_EQ(tally_.rules()[2].spared.packets, 1U);
  EXPECT_EQ(tally_.allows()[0].taken.packets, 1U);
  EXPECT_EQ(tally_.first(), 1s);
  EXPECT_EQ(tally_.last(), 9s);
}

TEST_F(ReplayTallyTest, TellsTheBusiestSourcesOfEachRule) {
  const std::array<TakenBy, 1> taken{{{.rule = 1, .drops = true}}};
  for (std::uint8_t source = 1; source <= 4; source++)
    for (std::uint8_t packet = 0; packet < source; packet++) {
      const MadePacket made(
          ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, {}), {.last_source = source})));
      tally_.add(1s, made.facts.core, {.dropped = true, .by = DecidedBy::kRule, .number = 1, .taken = taken});
    }
  add({.dropped = true, .by = DecidedBy::kBlock, .number = 0});
  const auto sources = tally_.rule_sources(1, 2);
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[0].dropped.packets, 4U);
  EXPECT_EQ(sources[0].address.bytes[3], 4);
  EXPECT_EQ(sources[1].dropped.packets, 3U);
  EXPECT_TRUE(tally_.rule_sources(0, 2).empty());
  EXPECT_EQ(tally_.block_sources(0, 2).size(), 1U);
}

}  // namespace
}  // namespace vedette::tests
