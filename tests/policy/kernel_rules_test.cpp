// A policy's rules in the packet programs, over frames that never were on a wire, at each hook: what is
// dropped is what the rules say of each packet, whatever its flow's packets before it were.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "act/policy_keeper.h"
#include "act/rule_programs.h"
#include "act/source_lists.h"
#include "kernel/wall_clock.h"
#include "packet/parse.h"
#include "policy/evaluate.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/packet_builder.h"
#include "tests/policy/random_rules.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

class KernelRules : public KernelPathTest {
 protected:
  void SetUp() override {
    KernelPathTest::SetUp();
    if (!kernel_) return;
    auto rules = RulePrograms::open(kernel_->programs());
    ASSERT_TRUE(rules) << rules.error().text();
    rules_ = std::move(*rules);
  }

  void apply(const std::vector<Rule>& rules) {
    const auto applied = rules_->apply(rules);
    ASSERT_TRUE(applied) << applied.error().text();
    // What was decided on in the clock's present tick stands until the next one.
    std::this_thread::sleep_for(20ms);
  }

  [[nodiscard]] std::uint64_t dropped() const {
    return kernel_->counters().direction[VDT_DIRECTION_IN].rule_dropped_packets;
  }

  // Whether the programs drop the frame; nothing where this hook isn't given such a frame.
  std::optional<bool> drops(Hook hook, const Bytes& frame) {
    const std::uint64_t before = dropped();
    const auto outcome = kernel_->run(hook, frame);
    if (!outcome) ADD_FAILURE() << outcome.error().text();
    if (!outcome || *outcome != Outcome::kRan) return {};
    return dropped() != before;
  }

  // How many of so many equal frames are let through.
  std::size_t passed(const Bytes& frame, std::size_t count) {
    std::size_t passed = 0;
    for (std::size_t i = 0; i < count; i++) passed += drops(Hook::kXdp, frame).value_or(true) ? 0 : 1;
    return passed;
  }

  std::unique_ptr<RulePrograms> rules_;
};

Bytes transport(RandomRules& random, std::uint8_t protocol) {
  const auto src = static_cast<std::uint16_t>(random.below(8));
  const auto dst = static_cast<std::uint16_t>(random.below(8));
  Bytes inside = zeros(random.below(100));
  for (std::size_t at = 0; at < inside.size() && at < 8; at++)
    inside[at] = static_cast<std::uint8_t>(random.below(3));
  if (protocol == VDT_IP_UDP) return udp(src, dst, inside);
  if (protocol != VDT_IP_TCP)
    return icmp(static_cast<std::uint8_t>(random.below(3)), static_cast<std::uint8_t>(random.below(2)),
                inside);
  const bool next = random.chance(2);  // one that may go the short way
  return tcp(src, dst, static_cast<std::uint8_t>(next ? 0x10 | random.below(2) << 3 : random.below(32)), {},
             inside);
}

Bytes frame_of(RandomRules& random) {
  const std::uint8_t version = random.chance(2) ? 4 : 6;
  const auto protocol = static_cast<std::uint8_t>(random.chance(3)   ? VDT_IP_ICMP
                                                  : random.chance(2) ? VDT_IP_TCP
                                                                     : VDT_IP_UDP);
  const vdt_address src = random.address(version);
  const vdt_address dst = random.address(version);
  const std::size_t size = version == 4 ? 4 : 16;
  Bytes ip = version == 4 ? ipv4(protocol, transport(random, protocol),
                                 {.fragment = std::uint16_t(random.chance(8) ? 0x2000 : 0)})
                          : ipv6(protocol, transport(random, protocol));
  const auto at = ip.begin() + (version == 4 ? 12 : 8);
  std::copy_n(src.bytes, size, at);
  std::copy_n(dst.bytes, size, at + static_cast<std::ptrdiff_t>(size));
  ip[version == 4 ? 8 : 7] = static_cast<std::uint8_t>(random.below(25));
  const std::uint16_t type = version == 4 ? VDT_ETHER_IPV4 : VDT_ETHER_IPV6;
  if (random.chance(3))
    return ethernet(VDT_ETHER_VLAN, vlan(static_cast<std::uint16_t>(random.below(3)), type, ip));
  return ethernet(type, ip);
}

// Another packet of the frame's flow.
Bytes another(RandomRules& random, Bytes frame) {
  const std::size_t ip = frame[12] == 0x81 ? 18 : 14;
  const bool ipv4 = frame[ip] >> 4 == 4;
  const std::size_t transport = ip + (ipv4 ? 20 : 40);
  frame[ip + (ipv4 ? 8 : 7)] = static_cast<std::uint8_t>(random.below(25));
  if (frame[ip + (ipv4 ? 9 : 6)] == VDT_IP_TCP)
    frame[transport + 13] =
        static_cast<std::uint8_t>(random.chance(4) ? random.below(32) : 0x10 | random.below(2) << 3);
  return random.chance(4) ? std::move(frame) + zeros(random.below(100)) : frame;
}

std::span<const std::uint8_t> payload_of(const vdt_packet_core& core, const Bytes& frame) {
  if (core.payload_offset == 0 || core.payload_offset > frame.size()) return {};
  const auto behind = std::span(frame).subspan(core.payload_offset);
  return behind.first(std::min<std::size_t>(core.payload_length, behind.size()));
}

bool expected_drop(const std::vector<Rule>& rules, const vdt_packet_core& core, const Bytes& frame) {
  const Rule* rule = deciding_rule(rules, core, payload_of(core, frame));
  return rule != nullptr && (rule->verdict == RuleVerdict::kDrop || rule->verdict == RuleVerdict::kReject);
}

TEST_F(KernelRules, DropWhatTheyMean) {
  RandomRules random(11);
  std::size_t drop = 0;
  std::size_t pass = 0;
  for (const std::size_t count : {3U, 20U, 70U, 1'000U}) {
    const auto rules = random.rules(count);
    apply(rules);
    for (const Hook hook : {Hook::kXdp, Hook::kXdpFrags, Hook::kTcIngress}) {
      if (!kernel_->offers(hook)) continue;
      kernel_->forget();
      Bytes frame;
      for (int i = 0; i < 8'000; i++) {
        frame = i % 8 == 0 ? frame_of(random) : another(random, frame);
        vdt_packet facts;
        parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
        const auto dropped = drops(hook, frame);
        if (!dropped) continue;
        ASSERT_EQ(*dropped, expected_drop(rules, facts.core, frame))
            << count << " rules, " << hook_name(hook) << ", frame " << i;
        (*dropped ? drop : pass)++;
      }
    }
  }
  EXPECT_GT(drop, 1'000U);
  EXPECT_GT(pass, 1'000U);
}

// A shadow policy changes no packet's fate, whatever it says; and of each packet the first of its rules that
// decides is counted, whatever the rules in force make of it.
TEST_F(KernelRules, CountInAShadowWhatThatWouldDrop) {
  RandomRules random(12);
  std::size_t dropped = 0;
  std::uint64_t counted = 0;
  for (const std::size_t count : {3U, 6U, 9U, 12U, 12U, 12U}) {
    const auto in_force = random.rules(count);
    Policy tried;
    tried.rules = random.rules(count);
    std::vector<Rule> all = shadow_of(tried).rules;
    ASSERT_EQ(all.size(), count);
    all.insert(all.end(), in_force.begin(), in_force.end());
    apply({});
    apply(all);
    kernel_->forget();
    std::map<std::string, std::uint64_t> expected;
    Bytes frame;
    for (int i = 0; i < 4'000; i++) {
      frame = i % 8 == 0 ? frame_of(random) : another(random, frame);
      vdt_packet facts;
      parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
      const auto payload = payload_of(facts.core, frame);
      const auto drop = drops(Hook::kXdp, frame);
      if (!drop) continue;
      ASSERT_EQ(*drop, expected_drop(in_force, facts.core, frame)) << count << " rules, frame " << i;
      dropped += *drop ? 1 : 0;
      const Rule* rule = deciding_rule(tried.rules, facts.core, payload);
      if (rule != nullptr && keeps_out(*rule)) expected[kShadowed + rule->name]++;
    }
    for (const RuleCount& one : rules_->counts()) {
      const auto rule = std::ranges::find(all, one.name, &Rule::name);
      if (!rule->shadow || rule->observe) continue;
      EXPECT_EQ(one.dropped_packets, expected[one.name]) << count << " rules, " << one.name;
      counted += one.dropped_packets;
    }
  }
  EXPECT_GT(dropped, 1'000U);
  EXPECT_GT(counted, 1'000U);
}

const Bytes kFrame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(40'000, 53, text("a"))));

Rule rule_named(std::string name, RuleVerdict verdict) {
  Rule rule;
  rule.name = std::move(name);
  rule.match.destination_port = {{53, 53}};
  rule.verdict = verdict;
  return rule;
}

TEST_F(KernelRules, AreSwitchedForFlowsThatAreKnown) {
  EXPECT_EQ(passed(kFrame, 3), 3U);
  apply({rule_named("no-dns", RuleVerdict::kDrop)});
  EXPECT_EQ(passed(kFrame, 3), 0U);
  apply({rule_named("dns", RuleVerdict::kPass), rule_named("no-dns", RuleVerdict::kDrop)});
  EXPECT_EQ(passed(kFrame, 3), 3U);
  apply({});
  EXPECT_EQ(passed(kFrame, 3), 3U);
}

TEST_F(KernelRules, CountByNameOverPolicies) {
  apply({rule_named("no-dns", RuleVerdict::kDrop)});
  passed(kFrame, 5);
  apply({rule_named("other", RuleVerdict::kDrop), rule_named("no-dns", RuleVerdict::kDrop)});
  passed(kFrame, 2);
  const auto counts = rules_->counts();
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].name, "other");
  EXPECT_EQ(counts[0].dropped_packets, 2U);
  EXPECT_EQ(counts[1].name, "no-dns");
  EXPECT_EQ(counts[1].dropped_packets, 5U);
  EXPECT_EQ(counts[1].dropped_bytes, 5 * kFrame.size());
}

TEST_F(KernelRules, ThatObserveLetThroughAndCount) {
  Rule rule = rule_named("no-dns", RuleVerdict::kDrop);
  rule.observe = true;
  apply({rule});
  EXPECT_EQ(passed(kFrame, 7), 7U);
  EXPECT_EQ(rules_->counts()[0].dropped_packets, 7U);
}

TEST_F(KernelRules, LetThroughAtARateAndItsBurst) {
  Rule rule = rule_named("few", RuleVerdict::kLimit);
  rule.rates = {{.per = RatePer::kSource, .a_second = 1, .burst = 10}};
  apply({rule});
  EXPECT_EQ(passed(kFrame, 50), 10U);
  Bytes other = kFrame;
  other[29]++;  // another source has its own
  EXPECT_EQ(passed(other, 50), 10U);
  EXPECT_EQ(passed(kFrame, 50), 0U);
  EXPECT_EQ(rules_->counts()[0].packets, 150U);
  EXPECT_EQ(rules_->counts()[0].dropped_packets, 130U);
}

TEST_F(KernelRules, CountSourcesOfANetworkTogether) {
  Rule rule = rule_named("few", RuleVerdict::kLimit);
  rule.rates = {{.per = RatePer::kSourcePrefix, .prefix4 = 24, .a_second = 1, .burst = 10}};
  apply({rule});
  std::size_t through = 0;
  for (std::uint8_t host = 0; host < 100; host++) {
    Bytes frame = kFrame;
    frame[29] = host;
    through += passed(frame, 1);
  }
  EXPECT_EQ(through, 10U);
}

TEST_F(KernelRules, CountBytes) {
  Rule rule = rule_named("few", RuleVerdict::kLimit);
  rule.rates = {{.unit = RateUnit::kBytes, .a_second = 100, .burst = 10 * kFrame.size()}};
  apply({rule});
  const std::size_t through = passed(kFrame, 50);
  EXPECT_GE(through, 10U);
  EXPECT_LE(through, 11U);  // what it earned while this ran
}

TEST_F(KernelRules, CountNewFlowsAlone) {
  Rule rule = rule_named("few", RuleVerdict::kLimit);
  rule.rates = {{.unit = RateUnit::kFlows, .per = RatePer::kSource, .a_second = 1, .burst = 5}};
  apply({rule});
  // Each of them a new flow; the first ones are let in, and stay.
  const auto from_port = [](std::uint16_t port) {
    return ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(port, 53, text("a"))));
  };
  std::size_t through = 0;
  for (std::uint16_t port = 1'000; port < 1'050; port++) through += passed(from_port(port), 1);
  EXPECT_EQ(through, 5U);
  EXPECT_EQ(passed(from_port(1'000), 20), 20U);
  EXPECT_EQ(passed(from_port(1'049), 20), 0U);
}

TEST_F(KernelRules, TakeNoAnswersForNewFlows) {
  Rule rule = rule_named("few", RuleVerdict::kLimit);
  rule.match = {};
  rule.rates = {{.unit = RateUnit::kFlows, .a_second = 1, .burst = 1}};
  apply({rule});
  EXPECT_EQ(passed(kFrame, 1), 1U);
  for (std::uint16_t port = 1'000; port < 1'020; port++) {
    Bytes query = ipv4(VDT_IP_UDP, udp(port, 53, text("a")));
    std::swap_ranges(query.begin() + 12, query.begin() + 16, query.begin() + 16);
    ASSERT_TRUE(kernel_->run(Hook::kTcEgress, ethernet(VDT_ETHER_IPV4, query)));
    EXPECT_EQ(passed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(53, port, text("b")))), 1), 1U) << port;
  }
  EXPECT_EQ(passed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(53, 2'000, text("b")))), 1), 0U);
  // Of TCP a SYN begins a flow, and nothing else does.
  EXPECT_EQ(passed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, tcp(7, 8, VDT_TCP_ACK))), 3), 3U);
  EXPECT_EQ(passed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, tcp(8, 8, VDT_TCP_SYN))), 3), 0U);
}

TEST_F(KernelRules, AskForThePayloadsBytes) {
  Rule rule = rule_named("no-a", RuleVerdict::kDrop);
  rule.match.payload = {{2, {'x', 'A'}, {0xff, 0xdf}}, {255, {'z'}, {0xff}}};
  apply({rule});
  const auto holding = [](std::string_view begin, std::size_t size, char last) {
    Bytes payload = text(begin) + zeros(size - begin.size());
    payload.back() = static_cast<std::uint8_t>(last);
    return ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(40'000, 53, payload)));
  };
  EXPECT_EQ(passed(holding("..xa", 256, 'z'), 2), 0U);
  EXPECT_EQ(passed(holding("..xA", 256, 'z'), 2), 0U);
  EXPECT_EQ(passed(holding("..xb", 256, 'z'), 2), 2U);
  EXPECT_EQ(passed(holding("..xa", 256, 'y'), 2), 2U);
  EXPECT_EQ(passed(holding("..xa", 255, 'z'), 2), 2U);
  apply({});
  EXPECT_EQ(passed(holding("..xa", 256, 'z'), 2), 2U);
}

TEST_F(KernelRules, DontDropWhatIsAllowed) {
  auto lists = SourceLists::open(kernel_->programs());
  ASSERT_TRUE(lists);
  apply({rule_named("no-dns", RuleVerdict::kDrop)});
  ListChange allow;
  allow.kind = ListKind::kAllow;
  allow.prefix = *parse_prefix("192.0.2.1");
  ASSERT_TRUE((*lists)->put(allow));
  EXPECT_EQ(passed(kFrame, 3), 3U);
  ASSERT_TRUE((*lists)->erase(ListKind::kAllow, *parse_prefix("192.0.2.1")));
  EXPECT_EQ(passed(kFrame, 3), 0U);
}

// While one policy takes the other's place, the one drops by its lists what the other drops by a rule; and
// lets pass in the same two ways.
TEST_F(KernelRules, ChangeTogetherWithTheLists) {
  auto lists = SourceLists::open(kernel_->programs());
  ASSERT_TRUE(lists);
  const GeoDatabases places;
  PolicyKeeper keeper(
      {.lists = **lists,
       .prepare_rules = [&](const std::vector<Rule>& rules) { return rules_->prepare(rules); },
       .put_protocols = [](const std::vector<ProtocolEntry>&) { return Result<void>(); },
       .places = places,
       .state_file = {},
       .note = [](const std::string&) {}});
  const std::string drop = "{name: drop, verdict: drop}";
  const std::array<std::array<std::string, 2>, 2> policies{
      std::array<std::string, 2>{"version: 1\nblock: [192.0.2.0/24]\n",
                                 "version: 1\nrules: [" + drop + "]\n"},
      {"version: 1\nallow: [192.0.2.1]\nrules: [" + drop + "]\n",
       "version: 1\nrules: [{name: one, match: {source: 192.0.2.1}, verdict: pass}, " + drop + "]\n"}};
  for (const bool passes : {false, true}) {
    const auto apply = [&](std::size_t which) {
      ASSERT_TRUE(keeper.apply(
          {.text = policies[passes ? 1 : 0][which], .confirm = {}, .force = true, .sessions = {}, .by = {}}));
    };
    apply(0);
    std::this_thread::sleep_for(20ms);
    std::atomic<bool> done = false;
    std::thread changes([&] {
      for (std::size_t i = 1; i < 60; i++) apply(i % 2);
      done = true;
    });
    const auto kept_out = [&] {
      const auto& counts = kernel_->counters().direction[VDT_DIRECTION_IN];
      return counts.rule_dropped_packets + counts.blocked_packets;
    };
    const std::uint64_t before = kept_out();
    std::uint64_t ran = 0;
    for (; !done; ran++) ASSERT_TRUE(kernel_->run(Hook::kXdp, kFrame));
    changes.join();
    EXPECT_GT(ran, 100U);
    EXPECT_EQ(kept_out() - before, passes ? 0 : ran);
  }
}

// Nobody takes it off: no daemon may live by then.
TEST_F(KernelRules, EndByThemselvesWhereTheyWereArmed) {
  auto lists = SourceLists::open(kernel_->programs());
  ASSERT_TRUE(lists);
  const GeoDatabases places;
  PolicyKeeper keeper(
      {.lists = **lists,
       .prepare_rules = [&](const std::vector<Rule>& rules) { return rules_->prepare(rules); },
       .put_protocols = [](const std::vector<ProtocolEntry>&) { return Result<void>(); },
       .places = places,
       .state_file = {},
       .note = [](const std::string&) {}});
  for (const Hook hook : {Hook::kXdp, Hook::kXdpFrags, Hook::kTcIngress}) {
    SCOPED_TRACE(hook_name(hook));
    kernel_->forget();
    EXPECT_EQ(drops(hook, kFrame), false);
    const auto armed = keeper.arm(rule_named("auto", RuleVerdict::kDrop), 2s, {});
    ASSERT_TRUE(armed) << armed.error().text();
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(drops(hook, kFrame), true);
    const std::uint64_t counted = rules_->counts()[0].packets;
    std::this_thread::sleep_for(2s);
    EXPECT_EQ(drops(hook, kFrame), false);
    EXPECT_EQ(rules_->counts()[0].packets, counted);
    EXPECT_FALSE(rules_->has_policy());
    keeper.tick();
    EXPECT_TRUE(rules_->counts().empty());
  }
}

TEST_F(KernelRules, LeaveAPacketToTheNextOneWhenTheyHaveEnded) {
  Rule ends = rule_named("let-in-for-now", RuleVerdict::kPass);
  ends.until = Nanoseconds(static_cast<std::int64_t>(WallClock::monotonic_now_ns())) + 2s;
  apply({ends, rule_named("no-dns", RuleVerdict::kDrop)});
  // So that its flow is known, which is decided on anew with each packet all the same.
  EXPECT_EQ(passed(kFrame, 5), 5U);
  std::this_thread::sleep_for(2s);
  EXPECT_EQ(passed(kFrame, 5), 0U);
  EXPECT_TRUE(rules_->has_policy());
}

TEST_F(KernelRules, AreTakenOver) {
  apply({rule_named("dns", RuleVerdict::kPass), rule_named("no-dns", RuleVerdict::kDrop)});
  passed(kFrame, 1);
  auto successor = RulePrograms::open(kernel_->programs());
  ASSERT_TRUE(successor) << successor.error().text();
  const auto counts = (*successor)->counts();
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].name, "dns");
  EXPECT_EQ(counts[0].packets, 1U);
  ASSERT_TRUE((*successor)->apply({rule_named("no-dns", RuleVerdict::kDrop)}));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(passed(kFrame, 3), 0U);
}

TEST_F(KernelRules, StayWhereNewOnesAreRefused) {
  apply({rule_named("no-dns", RuleVerdict::kDrop)});
  Rule bad = rule_named("bad", RuleVerdict::kRedirect);
  bad.interface = "nowhere";
  EXPECT_FALSE(rules_->apply({bad}));
  EXPECT_EQ(passed(kFrame, 3), 0U);
  EXPECT_EQ(rules_->counts()[0].name, "no-dns");
}

}  // namespace
}  // namespace vedette::tests
