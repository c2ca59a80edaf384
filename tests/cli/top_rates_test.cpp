#include <gtest/gtest.h>

#include "cli/top/rates.h"
#include "tests/cli/top_looks.h"

namespace vedette::top {
namespace {

TEST(TopRates, AreDifferencesOverTheSensorsOwnTime) {
  Rates rates;
  rates.add(look_after(0, 10'000));
  EXPECT_EQ(rates.in.bytes, 0);
  rates.add(look_after(2, 30'000));
  EXPECT_EQ(rates.in.bytes, 10'000);
  EXPECT_EQ(rates.in.packets, 10);
  EXPECT_EQ(rates.retransmits, 3);
  EXPECT_EQ(rates.named("in/eth0").bytes, 10'000);
  EXPECT_EQ(rates.named("in/tcp/4").packets, 10);
  EXPECT_EQ(rates.in_bytes.size(), 1u);
}

TEST(TopRates, OfAFlowFollowItsIdentity) {
  Rates rates;
  const Snapshot before = look_after(0, 10'000), after = look_after(1, 15'000);
  rates.add(before);
  rates.add(after);
  EXPECT_EQ(rates.flow(after.flows[0].identity()).sent.bytes, 5'000);
  EXPECT_EQ(rates.flow(after.flows[1].identity()).sent.bytes, 0) << "rests";
  EXPECT_EQ(rates.flow("nobody").sent.bytes, 0);
}

TEST(TopRates, AFlowThatWasThereBeforeItWasLookedAtHasNoRateYet) {
  Rates rates;
  Snapshot before = look_after(0, 10'000);
  before.flows.clear();
  rates.add(before);
  const Snapshot after = look_after(1, 15'000);
  rates.add(after);
  EXPECT_EQ(rates.flow(after.flows[0].identity()).sent.bytes, 15'000) << "began since the last look";
  EXPECT_EQ(rates.flow(after.flows[1].identity()).sent.bytes, 0) << "is older than that";
}

TEST(TopRates, CountersThatWentBackGiveNone) {
  Rates rates;
  rates.add(look_after(0, 10'000));
  rates.add(look_after(1, 400));
  EXPECT_EQ(rates.in.bytes, 0);
}

TEST(TopSnapshot, RefusesWhatIsNoAnswer) {
  Answers answers = answers_after(0, 1);
  answers.flows = "<html>";
  const auto look = read_snapshot(answers);
  ASSERT_FALSE(look);
  EXPECT_EQ(look.error().text(), "/v1/flows: the answer is not JSON");
}

}  // namespace
}  // namespace vedette::top
