#include "flow/flow_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace vedette {
namespace {

Flow flow_of(std::uint64_t bytes, std::uint16_t port) {
  Flow flow;
  flow.sent[kInitiator].bytes = bytes;
  flow.key.src_port = port;
  return flow;
}

std::vector<std::uint16_t> ports_of(FlowTop& top) {
  std::vector<std::uint16_t> ports;
  for (const KeptFlow& kept : top.take()) ports.push_back(kept.flow.key.src_port);
  return ports;
}

void add_all(FlowTop& top) {
  std::uint16_t port = 1;
  for (const std::uint64_t bytes : {50, 10, 40, 20, 30}) {
    const Flow flow = flow_of(bytes, port++);
    top.add(FlowView{flow, nullptr, nullptr, {}, FlowEnd::kIdle});
  }
}

TEST(FlowOrder, PutsEqualFlowsInOneOrderWhateverOrderTheyCameIn) {
  std::vector<Flow> flows(100);
  for (std::size_t i = 0; i < flows.size(); i++) flows[i].key.src_port = static_cast<std::uint16_t>(i);
  std::mt19937 random(5);
  std::set<std::uint16_t> told;
  // As an API's pages are made: each time the first so many, of which the last ten are new.
  for (std::size_t limit = 10; limit <= flows.size(); limit += 10) {
    std::ranges::shuffle(flows, random);
    FlowTop top(FlowOrder::parse("-bytes").value(), limit);
    for (const Flow& flow : flows) top.add(FlowView{flow, nullptr, nullptr, {}, FlowEnd::kIdle});
    const std::vector<std::uint16_t> ports = ports_of(top);
    told.insert(ports.end() - 10, ports.end());
  }
  EXPECT_EQ(told.size(), flows.size());
}

TEST(FlowOrder, MinusMeansLargestFirst) {
  FlowTop rising(FlowOrder::parse("bytes").value(), std::nullopt);
  FlowTop falling(FlowOrder::parse("-bytes").value(), std::nullopt);
  add_all(rising);
  add_all(falling);
  EXPECT_EQ(ports_of(rising), (std::vector<std::uint16_t>{2, 4, 5, 3, 1}));
  EXPECT_EQ(ports_of(falling), (std::vector<std::uint16_t>{1, 3, 5, 4, 2}));
}

TEST(FlowOrder, ALimitKeepsTheFirstOfAll) {
  FlowTop top(FlowOrder::parse("-bytes").value(), 2);
  add_all(top);
  EXPECT_EQ(ports_of(top), (std::vector<std::uint16_t>{1, 3}));
  FlowTop none(FlowOrder::parse("-bytes").value(), 0);
  add_all(none);
  EXPECT_TRUE(ports_of(none).empty());
}

TEST(FlowOrder, EqualFlowsStandByTheirKeys) {
  FlowTop top(FlowOrder::parse("packets").value(), std::nullopt);
  add_all(top);
  EXPECT_EQ(ports_of(top), (std::vector<std::uint16_t>{1, 2, 3, 4, 5}));
}

TEST(FlowOrder, UnknownFieldIsWrongUsageThatNamesTheFields) {
  const auto order = FlowOrder::parse("-size");
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().exit_status(), 2);
  EXPECT_NE(order.error().text().find("found \"size\""), std::string::npos);
  EXPECT_NE(order.error().text().find("reply_bytes"), std::string::npos);
}

TEST(FlowOrder, TotalsAreOfBothDirections) {
  Flow one, two;
  one.retransmits[kInitiator] = 3;
  two.retransmits[kInitiator] = 2;
  two.retransmits[kResponder] = 2;
  EXPECT_TRUE(FlowOrder::parse("-total_retransmits")->before(two, one));
  EXPECT_FALSE(FlowOrder::parse("-retransmits")->before(two, one));
}

TEST(FlowOrder, EverySortKeyParses) {
  for (const std::string_view key : FlowOrder::sort_keys())
    EXPECT_TRUE(FlowOrder::parse(key).has_value()) << key;
}

}  // namespace
}  // namespace vedette
