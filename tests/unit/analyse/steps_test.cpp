#include "analyse/steps.h"

#include <gtest/gtest.h>

#include "weekly_series.h"

namespace vedette {
namespace {

using std::chrono::hours;

TEST(Steps, FindsEachWithItsHourAndRatio) {
  Series series = weekly_series(12);
  scale(series, 4 * 168 + 38, 8 * 168, 2);
  scale(series, 8 * 168 + 62, 4 * 168, 0.25);
  const StepsFound found = steps_in(series, utc());
  ASSERT_EQ(found.steps.size(), 2U);
  EXPECT_EQ(found.steps[0].at, kMonday + hours(4 * 168 + 38));
  EXPECT_NEAR(found.steps[0].ratio, 2, 0.2);
  EXPECT_EQ(found.steps[1].at, kMonday + hours(8 * 168 + 62));
  EXPECT_NEAR(found.steps[1].ratio, 0.25, 0.04);
  EXPECT_LE(found.steps[0].by_chance, 0.001);
  EXPECT_FALSE(found.is_short);
  EXPECT_TRUE(found.steps[0].says.starts_with("bytes in on eth0 stepped on Tue 3 Feb 14:00 from "))
      << found.steps[0].says;
}

TEST(Steps, NeitherGrowthNorAnOutageIsOne) {
  Series grows = weekly_series(10);
  for (std::size_t i = 0; i < grows.values.size(); i++) grows.values[i] *= 1 + static_cast<double>(i) / 1680;
  EXPECT_TRUE(steps_in(grows, utc()).steps.empty());
  Series outage = weekly_series(10);
  scale(outage, 5 * 168 + 24, 48, 0);
  EXPECT_TRUE(steps_in(outage, utc()).steps.empty());
}

TEST(Steps, FewDaysNeverConvince) {
  Series series = weekly_series(2);
  scale(series, 168, 168, 10);
  const StepsFound found = steps_in(series, utc());
  EXPECT_EQ(found.days, 14U);
  EXPECT_TRUE(found.is_short);
  EXPECT_TRUE(found.steps.empty());
  EXPECT_TRUE(steps_in({.name = "eth0", .step = hours(1), .values = {}, .query = {}}, utc()).steps.empty());
}

}  // namespace
}  // namespace vedette
