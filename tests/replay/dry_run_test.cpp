// The dry run over made frames: at the capture's times, whatever the time is that the machine takes.
#include "replay/dry_run.h"

#include <gtest/gtest.h>

#include "kernel/wall_clock.h"
#include "tests/replay/file_packet.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

const Bytes kDns = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(40'000, 53, text("a"))));

Rule rule_named(std::string name, RuleVerdict verdict) {
  Rule rule;
  rule.name = std::move(name);
  rule.match.destination_port = {{53, 53}};
  rule.verdict = verdict;
  return rule;
}

class DryRunTest : public ::testing::Test {
 protected:
  void SetUp() override { VEDETTE_REQUIRE(kBpf); }

  void open(const Policy& policy) {
    auto opened = DryRun::open(policy, "policy.yaml", interfaces_, begin_ns_);
    ASSERT_TRUE(opened) << opened.error().text();
    run_ = std::move(*opened);
  }

  // A packet that comes so long after the dry run began.
  DryRunOutcome at(Nanoseconds time, const Bytes& frame, std::uint32_t interface = 1) {
    made_.emplace(frame);
    ReplayFrame given{.bytes = made_->bytes,
                      .facts = &made_->facts,
                      .interface = interface,
                      .now_ns = begin_ns_ + static_cast<std::uint64_t>(time.count())};
    const auto outcome = run_->run(given);
    if (!outcome) ADD_FAILURE() << outcome.error().text();
    return outcome.value_or(DryRunOutcome{});
  }

  std::uint64_t begin_ns_ = WallClock::monotonic_now_ns() + 60'000'000'000;
  InterfaceNumbers interfaces_;
  std::unique_ptr<DryRun> run_;
  std::optional<MadePacket> made_;
};

TEST_F(DryRunTest, LimitsAtTheCapturesTimes) {
  Policy policy;
  policy.rules = {rule_named("few", RuleVerdict::kLimit)};
  policy.rules[0].rates = {{.per = RatePer::kSource, .a_second = 5, .burst = 5}};
  open(policy);
  // Ten a second for a minute: the burst, then every other one.
  std::size_t passed = 0;
  for (int packet = 0; packet < 600; packet++) passed += at(packet * 100ms, kDns).dropped ? 0 : 1;
  EXPECT_EQ(passed, 304U);
  const auto counts = run_->rule_counts();
  EXPECT_EQ(counts[0].packets, 600U);
  EXPECT_EQ(counts[0].dropped_packets, 296U);
}

TEST_F(DryRunTest, ForgetsRatesOverYears) {
  Policy policy;
  policy.rules = {rule_named("few", RuleVerdict::kLimit)};
  policy.rules[0].rates = {{.a_second = 1, .burst = 1}};
  open(policy);
  EXPECT_FALSE(at(0s, kDns).dropped);
  EXPECT_TRUE(at(1ms, kDns).dropped);
  // The times' 64 bits turn round at 2^60 ns: a packet just before that would seem to come before the first
  // one.
  EXPECT_FALSE(at(Nanoseconds(1LL << 60) - 1h, kDns).dropped);
  EXPECT_FALSE(at(Nanoseconds(1LL << 60), kDns).dropped);
}

// Of a machine that has been up for so long: sources that nobody has seen yet have their whole burst, and
// keep their rate, at 2^54 ns (208 days) as at any other time.
TEST_F(DryRunTest, LimitsAsEverAfterMonthsOfUptime) {
  Policy policy;
  policy.rules = {rule_named("few", RuleVerdict::kLimit)};
  policy.rules[0].rates = {{.per = RatePer::kSource, .a_second = 5, .burst = 5}};
  for (const std::uint64_t turn : {std::uint64_t{1} << 54, std::uint64_t{1} << 55}) {
    begin_ns_ = turn - 30'000'000'000;
    open(policy);
    std::size_t passed = 0;
    for (int packet = 0; packet < 600; packet++) passed += at(packet * 100ms, kDns).dropped ? 0 : 1;
    EXPECT_EQ(passed, 304U) << turn;
    Bytes other = kDns;
    other[29]++;
    EXPECT_FALSE(at(60s, other).dropped);
  }
}

TEST_F(DryRunTest, EndsBlocksAtTheCapturesTimes) {
  Policy policy;
  policy.block.push_back(source_in("192.0.2.0/24"));
  policy.block.back().ttl = 10s;
  open(policy);
  EXPECT_EQ(at(0s, kDns).by, DecidedBy::kBlock);
  EXPECT_TRUE(at(10s - 1ns, kDns).dropped);
  EXPECT_FALSE(at(10s, kDns).dropped);
}

TEST_F(DryRunTest, TellsWhichEntryDrops) {
  Policy policy;
  policy.block.push_back(source_in("10.0.0.0/8"));
  policy.block.push_back(source_in("192.0.2.0/24"));
  policy.block.push_back(source_in("192.0.2.1"));
  policy.block.back().observe = true;
  policy.block.push_back(source_in("192.0.0.0/16"));
  open(policy);
  // The longest one counts, though it drops for the one that holds it.
  EXPECT_EQ(at(0s, kDns).number, 2U);
  Bytes other = kDns;
  other[29] = 9;
  EXPECT_EQ(at(0s, other).number, 1U);
  EXPECT_EQ(run_->block_counts()[2].packets, 1U);
}

TEST_F(DryRunTest, TellsOfATunnelWhichSourceIsBlocked) {
  Policy policy;
  policy.block.push_back(source_in("10.9.0.0/16"));
  policy.block.push_back(source_in("192.0.2.0/24"));
  open(policy);
  Bytes inside = ipv4(VDT_IP_UDP, udp(40'000, 53, text("a")));
  inside[12] = 172;
  const DryRunOutcome outcome = at(0s, ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_IPIP, inside)));
  EXPECT_TRUE(outcome.dropped);
  EXPECT_EQ(outcome.number, 1U);
}

TEST_F(DryRunTest, TellsWhomTheAllowListSpares) {
  Policy policy;
  policy.allow.push_back(source_in("192.0.2.1"));
  policy.block.push_back(source_in("192.0.2.0/24"));
  policy.rules = {rule_named("no-dns", RuleVerdict::kDrop)};
  open(policy);
  DryRunOutcome outcome = at(0s, kDns);
  EXPECT_FALSE(outcome.dropped);
  EXPECT_EQ(outcome.by, DecidedBy::kAllow);
  EXPECT_TRUE(outcome.spared_from_rule);
  Bytes other = kDns;
  other[29] = 9;
  outcome = at(0s, other);
  EXPECT_TRUE(outcome.dropped);
  EXPECT_EQ(outcome.by, DecidedBy::kBlock);
}

TEST_F(DryRunTest, SaysNothingOfTheAllowedWhomNothingWouldDrop) {
  Policy policy;
  policy.allow.push_back(source_in("192.0.2.1"));
  policy.block.push_back(source_in("192.0.2.0/24"));
  policy.block.back().observe = true;
  policy.rules = {rule_named("dns", RuleVerdict::kPass)};
  open(policy);
  EXPECT_EQ(at(0s, kDns).by, DecidedBy::kRule);
}

TEST_F(DryRunTest, TellsEachRuleThatTakesAPacket) {
  Policy policy;
  policy.rules = {rule_named("seen", RuleVerdict::kDrop), rule_named("also", RuleVerdict::kPass),
                  rule_named("no-dns", RuleVerdict::kDrop), rule_named("never", RuleVerdict::kDrop)};
  policy.rules[0].observe = true;
  policy.rules[1].observe = true;
  open(policy);
  for (int packet = 0; packet < 3; packet++) {
    const DryRunOutcome outcome = at(0s, kDns);
    ASSERT_EQ(outcome.taken.size(), 3U);
    EXPECT_EQ(outcome.taken[0].rule, 0U);
    EXPECT_TRUE(outcome.taken[0].drops);
    EXPECT_FALSE(outcome.taken[1].drops);
    EXPECT_EQ(outcome.number, 2U);
    EXPECT_TRUE(outcome.dropped);
  }
}

TEST_F(DryRunTest, TellsTheDecidingOneOfMoreRulesThanItCanList) {
  Policy policy;
  for (int number = 0; number < 40; number++) {
    policy.rules.push_back(rule_named("seen-" + std::to_string(number), RuleVerdict::kDrop));
    policy.rules.back().observe = true;
  }
  policy.rules.push_back(rule_named("no-dns", RuleVerdict::kDrop));
  open(policy);
  const DryRunOutcome outcome = at(0s, kDns);
  EXPECT_EQ(outcome.taken.size(), std::size_t{VDT_REPLAY_RULES});
  EXPECT_EQ(outcome.number, 40U);
  EXPECT_EQ(run_->rule_counts()[39].dropped_packets, 1U);
}

TEST_F(DryRunTest, CountsEachPacketOfAKnownFlow) {
  Policy policy;
  policy.rules = {rule_named("dns", RuleVerdict::kPass)};
  open(policy);
  for (int packet = 0; packet < 5; packet++) EXPECT_EQ(at(packet * 1s, kDns).by, DecidedBy::kRule);
  EXPECT_EQ(run_->rule_counts()[0].packets, 5U);
  // As a sensor counts: of a flow that is decided on once, no further one.
  run_->keep_decisions();
  for (int packet = 5; packet < 9; packet++) EXPECT_FALSE(at(packet * 1s, kDns).dropped);
  EXPECT_EQ(run_->rule_counts()[0].packets, 5U);
}

TEST_F(DryRunTest, KnowsInterfacesByTheirNamesInTheCapture) {
  Policy policy;
  policy.rules = {rule_named("no-dns", RuleVerdict::kDrop)};
  policy.rules[0].match.interface = {"wan0"};
  open(policy);
  EXPECT_TRUE(at(0s, kDns, interfaces_.of("wan0")).dropped);
  EXPECT_FALSE(at(0s, kDns, interfaces_.of("lan0")).dropped);
}

TEST_F(DryRunTest, GoesByTheWiresLengthOfPacketsThatWereCutOff) {
  Policy policy;
  policy.rules = {rule_named("long", RuleVerdict::kDrop)};
  policy.rules[0].match.length = {{1'000, 2'000}};
  open(policy);
  MadePacket cut(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, {}), {.total = 1'400})),
                 LinkType::kEthernet, 1'414);
  const ReplayFrame frame{.bytes = cut.bytes, .facts = &cut.facts, .interface = 1, .now_ns = begin_ns_};
  const auto outcome = run_->run(frame);
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_TRUE(outcome->dropped);
}

TEST_F(DryRunTest, TwoDecideEachByItsOwnPolicy) {
  Policy policy;
  policy.rules = {rule_named("no-dns", RuleVerdict::kDrop)};
  open(policy);
  auto other = DryRun::open(Policy(), "other.yaml", interfaces_, begin_ns_);
  ASSERT_TRUE(other) << other.error().text();
  EXPECT_TRUE(at(0s, kDns).dropped);
  const ReplayFrame frame{.bytes = kDns, .facts = &made_->facts, .interface = 1, .now_ns = begin_ns_};
  EXPECT_FALSE((*other)->run(frame)->dropped);
}

TEST_F(DryRunTest, HasProgramsWithinTheVerifiersBudget) {
  constexpr std::uint32_t kBudget = 100'000;  // as in tests/verifier, for programs of a sensor
  const auto programs = PacketPrograms::load_replayed();
  ASSERT_TRUE(programs) << programs.error().text();
  for (const char* program : {"vdt_ingress_xdp", "vdt_decision_xdp"}) {
    const auto worked = programs->object().verified_instructions(program);
    if (!worked) continue;  // a kernel that doesn't tell
    EXPECT_LE(*worked, kBudget) << program;
  }
}

TEST_F(DryRunTest, RefusesWhatTheKernelCantDo) {
  Policy policy;
  policy.rules = {rule_named("german", RuleVerdict::kDrop)};
  policy.rules[0].match.country = {"DE"};  // of no database
  const auto refused = DryRun::open(policy, "policy.yaml", interfaces_, begin_ns_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().exit_status(), 2);
  EXPECT_TRUE(refused.error().text().starts_with("policy.yaml: ")) << refused.error().text();
}

}  // namespace
}  // namespace vedette::tests
