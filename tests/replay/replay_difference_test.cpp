#include "replay/replay_difference.h"

#include <gtest/gtest.h>

#include "tests/replay/file_packet.h"

namespace vedette::tests {
namespace {

constexpr Fate kPass{.verdict = "pass"};
constexpr Fate kBlocked{.verdict = "drop", .by = DecidedBy::kBlock, .number = 0};
constexpr Fate kRuled{.verdict = "drop", .by = DecidedBy::kRule, .number = 2};

TEST(ReplayDifference, CountsWhatChangesByWhatDecided) {
  const MadePacket made(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, {}))));
  ReplayDifference difference(2);
  for (int i = 0; i < 3; i++) difference.add(made.packet.packet, kPass, kRuled);
  difference.add(made.packet.packet, kBlocked, kPass);
  difference.add(made.packet.packet, kBlocked, kRuled);
  EXPECT_EQ(difference.changed().packets, 4U);
  EXPECT_EQ(difference.unchanged().packets, 1U);
  const auto changes = difference.changes();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0]->count.packets, 3U);
  EXPECT_EQ(changes[0]->is, kRuled);
  EXPECT_EQ(changes[0]->examples.size(), 2U);
  EXPECT_EQ(changes[1]->was, kBlocked);
  const auto flows = difference.flows(*changes[0], 5);
  ASSERT_EQ(flows.size(), 1U);
  EXPECT_EQ(flows[0].key.dst_port, 53);
  EXPECT_EQ(flows[0].count.packets, 3U);
  ASSERT_EQ(difference.sources(*changes[1], 5).size(), 1U);
  EXPECT_EQ(difference.sources(*changes[1], 5)[0].dropped.packets, 0U);
}

TEST(ReplayDifference, TellsFatesByTheirPolicysNames) {
  Policy policy;
  policy.block.push_back(source_in("198.51.100.0/24"));
  policy.rules.resize(3);
  policy.rules[2].name = "no-dns";
  policy.rules[2].verdict = RuleVerdict::kReject;
  EXPECT_EQ(fate_of(policy, {.dropped = true, .by = DecidedBy::kRule, .number = 2}).verdict, "reject");
  EXPECT_EQ(fate_of(policy, {.dropped = true, .by = DecidedBy::kBlock}).verdict, "drop");
  policy.rules[2].verdict = RuleVerdict::kRedirect;
  EXPECT_EQ(fate_of(policy, {.dropped = false, .by = DecidedBy::kRule, .number = 2}).verdict, "redirect");
  EXPECT_EQ(fate_name(policy, kRuled), "no-dns");
  EXPECT_EQ(fate_name(policy, kBlocked), "198.51.100.0/24");
  EXPECT_EQ(fate_name(policy, kPass), "");
}

}  // namespace
}  // namespace vedette::tests
