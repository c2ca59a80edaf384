// The dry run over real captures, packet by packet: what the kernel's programs drop is what the plain
// evaluator says, at the captures' own times; asked about each packet anew, and as a sensor keeps decisions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kernel/wall_clock.h"
#include "policy/policy_file.h"
#include "replay/dry_run.h"
#include "replay/replay_clock.h"
#include "replay/replay_frame.h"
#include "replay/replay_tally.h"
#include "tests/agreement/ethernet_captures.h"
#include "tests/replay/evaluated.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

constexpr std::size_t kPacketsOfAFile = 3'000;

struct Case {
  const char* name;
  const char* policy;
};

constexpr Case kCases[] = {
    {"ByPort", R"(
version: 1
rules:
  - {name: dns, match: {protocol: udp, destination_port: 53}, verdict: drop}
  - {name: web, match: {protocol: tcp, source_port: [80, 443], tcp_flags: "ack,!syn"}, verdict: drop}
  - {name: pings, match: {protocol: icmp, icmp: echo-request}, verdict: drop}
)"},
    {"ByPrefix", R"(
version: 1
rules:
  - {name: private, match: {source: 192.168.0.0/16}, verdict: pass}
  - {name: half, match: {source: [128.0.0.0/1, "8000::/1"]}, verdict: drop}
  - {name: to, match: {destination: [10.0.0.0/8, "fe80::/10"], ttl: 0-64}, verdict: drop}
)"},
    {"ByRate", R"(
version: 1
rules:
  - {name: syns, match: {protocol: tcp}, verdict: {limit: {rate: 2 syns/s, per: destination, burst: 3}}}
  - {name: bytes, match: {protocol: udp}, verdict: {limit: {rate: 4 kB/s, per: source_prefix}}}
  - {name: few, match: {protocol: [icmp, icmpv6]}, verdict: {limit: {rate: 1/s, per: source, burst: 2}}}
)"},
    {"AllowOverBlock", R"(
version: 1
allow: [192.168.0.0/17, "fe80::/64", 10.0.0.0/9]
block:
  - {prefix: 192.168.0.0/16, reason: all}
  - {prefix: 10.0.0.0/8, ttl: 2s}
  - {prefix: "2000::/16"}
  - {prefix: 64.0.0.0/2, observe: true}
rules:
  - {name: no-tcp, match: {protocol: tcp}, verdict: drop}
)"},
    {"ByFragment", R"(
version: 1
rules:
  - {name: seen, match: {protocol: udp}, verdict: {limit: {rate: 1/s, per: source}}, observe: true}
  - {name: fragments, match: {fragment: true}, verdict: drop}
  - {name: tagged, match: {vlan: [1, 2, 3, 4, 5, 10, 32, 100, 121]}, verdict: drop}
  - {name: long, match: {length: 1000-65535}, verdict: drop}
)"},
};

class ReplayAgrees : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    if (!captures()) GTEST_SKIP() << kNoCaptures;
  }

  // The files' packets, all of them one after the other, in these programs and in the plain evaluator.
  void compare(bool keep_decisions) {
    auto policy = read_policy(GetParam().policy, GetParam().name);
    ASSERT_TRUE(policy) << policy.error().text();
    const std::uint64_t begin_ns = WallClock::monotonic_now_ns() + 60'000'000'000;
    InterfaceNumbers interfaces;
    auto run = DryRun::open(*policy, GetParam().name, interfaces, begin_ns);
    ASSERT_TRUE(run) << run.error().text();
    if (keep_decisions) (*run)->keep_decisions();
    Evaluated evaluated(*policy);
    ReplayTally tally((*run)->policy());
    std::uint64_t now_ns = begin_ns;
    FrameMaker frames(0);
    for (const auto& file : capture_files(*captures())) {
      interfaces.begin_file();
      // Captures are from many years; on one clock, their times would be more than it can tell.
      ReplayClock clock(now_ns + 3'600'000'000'000);
      std::size_t packets = 0;
      // A damaged file's packets before the damage count.
      (void)read_packets(file.string(), {}, [&](const FilePacket& packet) {
        auto made = frames.frame_of(packet);
        if (const auto* why = std::get_if<Undecided>(&made)) {
          tally.add(packet.packet.time, packet.packet.facts->core, *why);
          return true;
        }
        auto& frame = std::get<ReplayFrame>(made);
        frame.now_ns = now_ns = clock.at(packet.packet.time);
        frame.interface = interfaces.of(packet.packet);
        const auto outcome = (*run)->run(frame);
        if (!outcome) {
          ADD_FAILURE() << file << ": " << outcome.error().text();
          return false;
        }
        tally.add(packet.packet.time, frame.facts->core, *outcome);
        const bool expected =
            evaluated.drops(*frame.facts, packet.packet.interface_name, frame.now_ns - begin_ns);
        EXPECT_EQ(outcome->dropped, expected) << file << ", packet " << packets;
        return ++packets < kPacketsOfAFile && !HasFailure();
      });
      if (HasFailure()) return;
    }
    fmt::print("{}: {} packets, {} passed, {} dropped, {} not decided on\n", GetParam().name,
               tally.seen().packets, tally.passed().packets, tally.dropped().packets,
               tally.undecided().packets);
    EXPECT_GT(tally.passed().packets, 1'000U);
    EXPECT_GT(tally.dropped().packets, 1'000U);
    EXPECT_EQ(tally.seen().packets,
              tally.passed().packets + tally.dropped().packets + tally.undecided().packets);
    if (!keep_decisions) compare_counts(**run, tally);
  }

  // What the programs counted themselves.
  static void compare_counts(DryRun& run, const ReplayTally& tally) {
    const auto rules = run.rule_counts();
    ASSERT_EQ(rules.size(), tally.rules().size());
    for (std::size_t at = 0; at < rules.size(); at++) {
      const ReplayTally::Row& row = tally.rules()[at];
      EXPECT_EQ(rules[at].packets, row.taken.packets) << rules[at].name;
      EXPECT_EQ(rules[at].bytes, row.taken.bytes) << rules[at].name;
      EXPECT_EQ(rules[at].dropped_packets, row.dropped.packets) << rules[at].name;
    }
    const auto blocks = run.block_counts();
    for (std::size_t at = 0; at < blocks.size(); at++) {
      if (run.policy().block[at].observe) continue;
      EXPECT_EQ(blocks[at].packets, tally.blocks()[at].taken.packets) << blocks[at].name;
    }
  }
};

TEST_P(ReplayAgrees, WithThePlainEvaluator) {
  compare(false);
}

TEST_P(ReplayAgrees, WhereDecisionsAreKept) {
  compare(true);
}

INSTANTIATE_TEST_SUITE_P(Policies, ReplayAgrees, ::testing::ValuesIn(kCases),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace vedette::tests
