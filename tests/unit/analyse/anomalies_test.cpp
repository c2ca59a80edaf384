#include "analyse/anomalies.h"

#include <gtest/gtest.h>

#include "analyse/seasonal_baseline.h"
#include "weekly_series.h"

namespace vedette {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t kHistory = 8 * 168;  // hours
constexpr Nanoseconds kJudged = kMonday + days(56);

AnomaliesFound judged(const Series& series) {
  return anomalies_in(series, kJudged, series.end(), {});
}

TEST(SeasonalBaseline, KnowsTheHourOfTheWeek) {
  const auto baseline = SeasonalBaseline::learn(weekly_series(8), kJudged, 8, utc());
  ASSERT_TRUE(baseline);
  EXPECT_NEAR(*baseline->usual(kJudged + hours(12)), 1e9, 5e7);
  EXPECT_NEAR(*baseline->usual(kJudged + hours(2)), 1e8, 1e7);
  EXPECT_NEAR(*baseline->usual(kJudged + days(5) + hours(12)), 2e8, 2e7);
  EXPECT_GT(*baseline->deviations(kJudged + hours(12), 3e9), 5);
  EXPECT_LT(*baseline->deviations(kJudged + hours(12), 1e8), -5);
  EXPECT_EQ(baseline->past().size(), 8U * 168);
}

TEST(SeasonalBaseline, AnHourEarlyOrLateIsNoDeviation) {
  const auto baseline = SeasonalBaseline::learn(weekly_series(8), kJudged, 8, utc());
  EXPECT_EQ(*baseline->deviations(kJudged + hours(6), 5e8), 0);  // between night and day, which begins at 7
  EXPECT_LT(std::abs(*baseline->deviations(kJudged + hours(6), 1e9)), 2);
  EXPECT_GT(*baseline->deviations(kJudged + hours(4), 1e9), 5);
}

TEST(SeasonalBaseline, AHolidayAndAnOutageInTheHistoryTeachNothing) {
  Series series = weekly_series(8);
  scale(series, 4 * 168 + 48, 24, 0);
  scale(series, 6 * 168 + 48, 24, 0.2);
  const auto baseline = SeasonalBaseline::learn(series, kJudged, 8, utc());
  EXPECT_NEAR(*baseline->usual(kJudged + days(2) + hours(12)), 1e9, 1e8);
}

TEST(SeasonalBaseline, AFortnightIsTheLeast) {
  EXPECT_FALSE(SeasonalBaseline::learn(weekly_series(8), kMonday + days(13), 8, utc()));
  const auto baseline = SeasonalBaseline::learn(weekly_series(8), kMonday + days(14), 8, utc());
  ASSERT_TRUE(baseline);
  // By the kind of day, until there are three weeks.
  EXPECT_NEAR(*baseline->usual(kMonday + days(14) + hours(12)), 1e9, 1e8);
  EXPECT_NEAR(*baseline->usual(kMonday + days(19) + hours(12)), 2e8, 3e7);
  Series hardly = weekly_series(8);
  for (std::size_t i = 0; i < hardly.values.size(); i++)
    if (i % 24 > 10) hardly.values[i] = Series::kNotMeasured;
  EXPECT_FALSE(SeasonalBaseline::learn(hardly, kJudged, 8, utc()));
}

TEST(Anomalies, NormalWeeksHaveNone) {
  const AnomaliesFound found = judged(weekly_series(12));
  EXPECT_TRUE(found.anomalies.empty()) << found.anomalies.front().says;
  EXPECT_EQ(found.judged_from, kJudged);
}

TEST(Anomalies, AnOutageIsOneFindingWithItsFigures) {
  Series series = weekly_series(12);
  scale(series, kHistory + 24 + 9, 6, 0);
  const AnomaliesFound found = judged(series);
  ASSERT_EQ(found.anomalies.size(), 1U);
  const Anomaly& one = found.anomalies[0];
  EXPECT_FALSE(one.above);
  EXPECT_TRUE(one.over);
  EXPECT_EQ(one.first, kJudged + hours(33));
  EXPECT_EQ(one.detected, kJudged + hours(34));
  EXPECT_EQ(one.last, kJudged + hours(39));
  EXPECT_EQ(one.amount, 0);
  EXPECT_NEAR(one.usual, 1e9, 5e7);
  EXPECT_GT(one.score, one.threshold);
  EXPECT_EQ(one.query.from, "interfaces");
  EXPECT_TRUE(
      one.says.starts_with("bytes in on eth0 is below from Tue 3 Mar 09:00 to Tue 3 Mar 15:00: 0 B where "))
      << one.says;
}

TEST(Anomalies, WhatComesAgainWithTheWorkingDayIsOneFinding) {
  Series series = weekly_series(12);
  for (std::size_t day = 1; day < 4; day++) scale(series, kHistory + day * 24 + 10, 4, 4);
  const AnomaliesFound found = judged(series);
  ASSERT_EQ(found.anomalies.size(), 1U);
  EXPECT_TRUE(found.anomalies[0].above);
  EXPECT_EQ(found.anomalies[0].first, kJudged + hours(34));
  EXPECT_EQ(found.anomalies[0].last, kJudged + hours(3 * 24 + 14));
}

TEST(Anomalies, AHolidayIsToldAsASunday) {
  Series series = weekly_series(12);
  scale(series, kHistory + 72, 24, 0.2);
  const AnomaliesFound found = judged(series);
  ASSERT_EQ(found.anomalies.size(), 1U);
  EXPECT_TRUE(found.anomalies[0].as_on_sunday);
  EXPECT_TRUE(found.anomalies[0].says.ends_with("as on a Sunday: a holiday?"));
}

TEST(Anomalies, AMissingHourIsNone) {
  Series series = weekly_series(12);
  for (std::size_t i = kHistory + 30; i < kHistory + 80; i++) series.values[i] = Series::kNotMeasured;
  EXPECT_TRUE(judged(series).anomalies.empty());
}

TEST(Anomalies, AStepIsOneFindingUntilItIsUsual) {
  Series series = weekly_series(14);
  scale(series, kHistory + 38, 6 * 168, 2);
  const AnomaliesFound found = judged(series);
  ASSERT_EQ(found.anomalies.size(), 1U) << found.anomalies[1].says;
  EXPECT_EQ(found.anomalies[0].first, kJudged + hours(38));
  EXPECT_TRUE(found.anomalies[0].over);
  EXPECT_LT(found.anomalies[0].last, kJudged + days(16));
}

TEST(Anomalies, SmallChangesAreNoneHoweverSure) {
  Series series = weekly_series(12);
  scale(series, kHistory + 24 + 9, 8, 1.1);
  EXPECT_TRUE(judged(series).anomalies.empty());
}

TEST(Anomalies, TooShortAHistoryIsSaid) {
  const Series series = weekly_series(4);
  const AnomaliesFound found = anomalies_in(series, kMonday, series.end(), {});
  EXPECT_EQ(found.judged_from, kMonday + days(14));
  EXPECT_EQ(anomalies_in(series, kMonday, kMonday + days(5), {}).judged_from, kMonday + days(5));
  Series daily = series;
  daily.step = days(1);
  EXPECT_EQ(anomalies_in(daily, kMonday, daily.end(), {}).judged_from, daily.end());
}

TEST(Anomalies, ConstantAndEmptySeriesAreFine) {
  Series series = weekly_series(12);
  std::ranges::fill(series.values, 0);
  EXPECT_TRUE(judged(series).anomalies.empty());
  std::ranges::fill(series.values, 5);
  EXPECT_TRUE(judged(series).anomalies.empty());
  series.values[kHistory + 50] = 50;
  EXPECT_EQ(judged(series).anomalies.size(), 1U);
  series.values.clear();
  EXPECT_TRUE(judged(series).anomalies.empty());
}

}  // namespace
}  // namespace vedette
