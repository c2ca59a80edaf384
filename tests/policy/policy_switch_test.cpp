// One policy takes another's place while packets come: what the one refuses by its protocols and the other by
// a rule comes through at no moment.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "act/policy_keeper.h"
#include "act/protocol_keeper.h"
#include "act/rule_programs.h"
#include "act/source_lists.h"
#include "tests/first_bytes/told_packets.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

using PolicySwitch = KernelPathTest;

TEST_F(PolicySwitch, ChangesRulesTogetherWithProtocols) {
  auto lists = SourceLists::open(kernel_->programs());
  auto rules = RulePrograms::open(kernel_->programs());
  auto protocols = ProtocolKeeper::open(kernel_->programs(), [](const vdt_flow_key&) {});
  ASSERT_TRUE(lists && rules && protocols);
  const GeoDatabases places;
  PolicyKeeper keeper(
      {.lists = **lists,
       .prepare_rules = [&](const std::vector<Rule>& all) { return (*rules)->prepare(all); },
       .put_protocols = [&](const std::vector<ProtocolEntry>& all) { return (*protocols)->apply(all); },
       .places = places,
       .state_file = {},
       .note = [](const std::string&) {}});
  const std::array<std::string, 2> policies{
      "version: 1\nrules: [{name: no-ssh, match: {protocol: tcp, destination_port: 22}, verdict: drop}]\n",
      "version: 1\nprotocols: [{name: old-ssh, refuse: ssh-1}]\n"};
  const auto apply = [&](std::size_t which) {
    ASSERT_TRUE(
        keeper.apply({.text = policies[which], .confirm = {}, .force = true, .sessions = {}, .by = {}}));
  };
  apply(1);
  std::this_thread::sleep_for(20ms);
  std::atomic<bool> done = false;
  std::thread changes([&] {
    for (std::size_t i = 0; i < 40; i++) apply(i % 2);
    done = true;
  });
  const auto kept_out = [&] {
    const auto& counts = kernel_->counters().direction[VDT_DIRECTION_IN];
    return std::array{counts.rule_dropped_packets, counts.protocol_dropped_packets};
  };
  const auto before = kept_out();
  std::uint64_t ran = 0;
  // Connections whose first packet says what they speak; no more than the flow cache has room for, as nobody
  // reads what it evicts.
  for (std::uint16_t port = 1024; !done; port = port == 5000 ? 1024 : port + 1, ran++)
    ASSERT_TRUE(kernel_->run(
        Hook::kXdp,
        frame_of(
            {.sequence = 100, .payload = text("SSH-1.5-old\r\n"), .client_port = port, .server_port = 22})));
  changes.join();
  const auto after = kept_out();
  EXPECT_GT(after[0] - before[0], 100U);
  EXPECT_GT(after[1] - before[1], 100U);
  EXPECT_EQ(after[0] - before[0] + after[1] - before[1], ran);
}

}  // namespace
}  // namespace vedette::tests
