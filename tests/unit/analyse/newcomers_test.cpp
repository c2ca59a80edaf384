#include "analyse/newcomers.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

using std::chrono::hours;

Known known(std::uint32_t days) {
  Known before;
  before.days = before.days_asked = days;
  before.days_seen = {{"443/tcp", days}, {"22/tcp", days}};
  return before;
}

TEST(Newcomers, TellsWhatWasNotThereBeforeTheLargestFirst) {
  const std::vector<Sighting> now{
      {"443/tcp", 9e9, {}}, {"4444/tcp", 1000, hours(14)}, {"6667/tcp", 5000, hours(15)}};
  const Newcomers found = newcomers_among(now, known(30), 1, "service", Unit::kBytes, 10, utc());
  ASSERT_EQ(found.values.size(), 2U);
  EXPECT_EQ(found.values[0].value, "6667/tcp");
  EXPECT_EQ(found.says,
            "2 new services, not seen in the 30 days before; 0.0 are usual: 6667/tcp (5.0 kB, first Thu 1 "
            "Jan 15:00), "
            "4444/tcp (1.0 kB, first Thu 1 Jan 14:00)");
  EXPECT_LT(found.by_chance, 1e-4);
}

TEST(Newcomers, OnAPublicHostNewSourcesAreUsual) {
  Known before = known(10);
  for (int i = 0; i < 5000; i++) before.days_seen["once " + std::to_string(i)] = 1;
  std::vector<Sighting> now;
  for (int i = 0; i < 480; i++) now.push_back({"new " + std::to_string(i), 1, {}});
  const Newcomers found = newcomers_among(now, before, 1, "source", Unit::kFlows, 10, utc());
  EXPECT_EQ(found.values.size(), 10U);
  EXPECT_EQ(found.left_out, 470U);
  EXPECT_DOUBLE_EQ(found.usual, 500);
  EXPECT_EQ(found.by_chance, 1);
}

TEST(Newcomers, WithoutAHistoryNothingIsNew) {
  Known none;
  none.days_asked = 30;
  const Newcomers found = newcomers_among({{"NZ", 1, {}}}, none, 1, "country", Unit::kFlows, 10, utc());
  EXPECT_TRUE(found.values.empty());
  EXPECT_EQ(found.says, "no history before: no country can be called new");
}

TEST(Newcomers, SaysWhereTheHistoryIsShorterThanAskedFor) {
  Known before = known(3);
  before.days_asked = 30;
  const Newcomers found =
      newcomers_among({{"443/tcp", 1, {}}}, before, 1, "country", Unit::kFlows, 10, utc());
  EXPECT_TRUE(found.is_short);
  EXPECT_EQ(found.says,
            "no new country, not seen in the 3 days before (there is no more history); 0.0 are usual");
}

}  // namespace
}  // namespace vedette
