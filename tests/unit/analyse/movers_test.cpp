#include "analyse/movers.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

using std::chrono::hours;

TEST(Movers, NeitherTheTinyNorTheUnchangedGiantComesFirst) {
  const MoversWindow before{{{"giant", 1e9}, {"grows", 1e7}, {"tiny", 1}}, hours(1)};
  const MoversWindow after{{{"giant", 1.02e9}, {"grows", 9e7}, {"tiny", 1000}}, hours(1)};
  const Movers movers = movers_between(before, after, Unit::kBytes, "bytes by source", 10);
  ASSERT_EQ(movers.movers.size(), 2U);  // a kilobyte is no hundredth of what changed
  EXPECT_EQ(movers.movers[0].name, "grows");
  EXPECT_EQ(movers.movers[1].name, "giant");
  EXPECT_EQ(movers.movers[0].says, "grows: 90.0 MB, 9.0 times as much (10.0 MB before) (80 % of all change)");
  EXPECT_EQ(movers.other_count, 1U);
}

TEST(Movers, SumToTheWholeWithTheOthers) {
  MoversWindow before{{}, hours(1)}, after{{}, hours(1)};
  for (int i = 0; i < 50; i++) {
    before.amounts[std::to_string(i)] = 100 + i;
    after.amounts[std::to_string(i + 5)] = 100 + 3 * i;
  }
  const Movers movers = movers_between(before, after, Unit::kFlows, "flows", 7);
  ASSERT_EQ(movers.movers.size(), 7U);
  EXPECT_EQ(movers.other_count, 48U);
  double was = movers.others.before, is = movers.others.after;
  for (const Mover& one : movers.movers) was += one.before, is += one.after;
  EXPECT_DOUBLE_EQ(was, movers.before);
  EXPECT_DOUBLE_EQ(is, movers.after);
}

TEST(Movers, WindowsOfOtherLengthsAreComparedByTheirRates) {
  const MoversWindow week{{{"a", 700}, {"gone", 70}}, hours(168)};
  const MoversWindow day{{{"a", 100}, {"new", 40}}, hours(24)};
  const Movers movers = movers_between(week, day, Unit::kCount, "flows", 10);
  ASSERT_EQ(movers.movers.size(), 2U);
  EXPECT_EQ(movers.movers[0].name, "new");
  EXPECT_TRUE(movers.movers[0].is_new);
  EXPECT_EQ(movers.movers[1].name, "gone");
  EXPECT_TRUE(movers.movers[1].is_gone);
  EXPECT_DOUBLE_EQ(movers.movers[1].before, 10);
  EXPECT_EQ(movers.says,
            "flows: 140, 27 % more (110 before); most by new: 40, and none before (80 % of all change)");
}

TEST(Movers, NothingGivesNothing) {
  const Movers movers = movers_between({{}, hours(1)}, {{}, hours(1)}, Unit::kBytes, "bytes", 10);
  EXPECT_TRUE(movers.movers.empty());
  EXPECT_EQ(movers.says, "bytes: 0 B, the same (0 B before)");
}

}  // namespace
}  // namespace vedette
