// Order statistics, probabilities and tests, against tables and worked examples of their papers.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "analyse/daily_extremes.h"
#include "analyse/probability.h"
#include "analyse/quantile.h"
#include "analyse/rank_test.h"
#include "analyse/series.h"
#include "analyse/trend.h"
#include "analyse/weekdays.h"

namespace vedette {
namespace {

TEST(Quantile, LiesBetweenTheNearestRanks) {
  EXPECT_EQ(quantile_of({}, 0.5), 0);
  EXPECT_EQ(quantile_of({7}, 0.9), 7);
  EXPECT_EQ(median_of({4, 1, 3, 2}), 2.5);
  EXPECT_DOUBLE_EQ(quantile_of({10, 20, 30, 40, 50}, 0.9), 46);
  EXPECT_EQ(quantile_of({3, 1, 2}, 2), 3);
}

TEST(Quantile, AWildValueDoesNotMoveTheDeviation) {
  EXPECT_DOUBLE_EQ(deviation_of({1, 2, 3, 4, 5}, 3), 1.4826);
  EXPECT_DOUBLE_EQ(deviation_of({1, 2, 3, 4, 1e9}, 3), 1.4826);
}

TEST(Probability, NormalTailAndQuantileAgreeWithTables) {
  EXPECT_NEAR(normal_tail(1.959964), 0.025, 1e-7);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963985, 1e-8);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_quantile(1e-6), -4.753424309, 1e-7);
}

TEST(Probability, ChernoffsBoundsHoldAndAreNoneWhereNoMoreWasSeen) {
  EXPECT_EQ(log_poisson_tail(3, 4), 0);
  // P(Poisson(2) ≥ 10) is 4.65e-5.
  EXPECT_GT(std::exp(log_poisson_tail(10, 2)), 4.65e-5);
  EXPECT_LT(std::exp(log_poisson_tail(10, 2)), 1e-3);
  EXPECT_EQ(log_binomial_tail(0.2, 0.3, 10), 0);
  // Ten of ten at one half: 2⁻¹⁰ exactly.
  EXPECT_NEAR(std::exp(log_binomial_tail(1, 0.5, 10)), std::pow(0.5, 10), 1e-12);
}

TEST(RankTest, WorkedExampleAndWhatIsTooFew) {
  // U = 0 of 5 and 5: by the normal approximation with continuity, z = (12.5 − 0.5) / 4.787.
  EXPECT_NEAR(larger_by_chance({1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}),
              normal_tail(12 / std::sqrt(25 * 11 / 12.0)), 1e-12);
  EXPECT_GT(larger_by_chance({6, 7, 8, 9, 10}, {1, 2, 3, 4, 5}), 0.99);
  EXPECT_EQ(larger_by_chance({1, 2, 3}, {7, 8, 9, 10}), 1);
  EXPECT_EQ(larger_by_chance({5, 5, 5, 5}, {5, 5, 5, 5}), 1);
}

TEST(DailyExtremes, FewDaysConvictNobodyAndMoreDaysLowerTheThreshold) {
  EXPECT_TRUE(std::isinf(rarely_exceeded({1, 2, 3, 4, 5, 6, 7}, 0.001)));
  std::vector<double> fortnight, two_months;
  for (int i = 0; i < 14; i++) fortnight.push_back(2.5 - std::log((i + 0.5) / 14));
  for (int i = 0; i < 56; i++) two_months.push_back(2.5 - std::log((i + 0.5) / 56));
  const double of_few = rarely_exceeded(fortnight, 0.001), of_many = rarely_exceeded(two_months, 0.001);
  EXPECT_LT(of_many, of_few);
  // The true one of that exponential tail is 2.5 + ln 1000: never below it, and not far above.
  EXPECT_GT(of_many, 2.5 + std::log(1000));
  EXPECT_LT(of_many, 2.5 + 2 * std::log(1000));
}

TEST(DailyExtremes, TwoWildDaysDoNotBlind) {
  std::vector<double> days;
  for (int i = 0; i < 56; i++) days.push_back(2.5 - std::log((i + 0.5) / 56));
  const double before = rarely_exceeded(days, 0.001);
  days[0] = 400;
  days[1] = 30;
  EXPECT_NEAR(rarely_exceeded(days, 0.001), before, before * 0.15);
  days[2] = 20;
  EXPECT_GE(rarely_exceeded(days, 0.001), 20);
}

TEST(Trend, FindsTheSlopeThroughWildValues) {
  std::vector<double> values;
  for (int i = 0; i < 40; i++) values.push_back(10 + 2 * i + (i % 3 - 1) * 0.5);
  values[7] = 1e6;
  values[20] = Series::kNotMeasured;
  values[31] = -1e6;
  const auto trend = trend_of(values);
  ASSERT_TRUE(trend);
  EXPECT_NEAR(trend->slope, 2, 0.02);
  EXPECT_LE(trend->low, trend->slope);
  EXPECT_GE(trend->high, trend->slope);
  EXPECT_TRUE(trend->is_certain());
  EXPECT_LT(trend->by_chance, 1e-6);
  EXPECT_NEAR(trend->level, 88, 1);
  EXPECT_EQ(trend->values, 39U);
}

TEST(Trend, WhatGoesNowhereIsNotCertain) {
  std::vector<double> values;
  for (int i = 0; i < 40; i++) values.push_back(100 + (i * 7919 % 13));
  const auto trend = trend_of(values);
  ASSERT_TRUE(trend);
  EXPECT_FALSE(trend->is_certain());
  EXPECT_GT(trend->by_chance, 0.05);
}

TEST(Trend, SerialCorrelationWidensTheInterval) {
  // The same values, once in an order in which neighbours are alike.
  std::vector<double> mixed, alike;
  for (int i = 0; i < 60; i++) mixed.push_back(i * 17 % 60 % 12);
  for (int i = 0; i < 60; i++) alike.push_back(i / 5 * 7 % 12);
  EXPECT_LT(trend_of(mixed)->high - trend_of(mixed)->low, trend_of(alike)->high - trend_of(alike)->low);
}

TEST(Trend, LongSeriesAreFoldedAndKeepTheirSlope) {
  std::vector<double> values;
  for (int i = 0; i < 20'000; i++) values.push_back(0.25 * i + i * 7919 % 101);
  EXPECT_NEAR(trend_of(values)->slope, 0.25, 0.001);
}

TEST(Trend, NineValuesAreTooFew) {
  EXPECT_FALSE(trend_of({1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(trend_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_FALSE(trend_of(std::vector<double>(50, Series::kNotMeasured)));
}

TEST(Weekdays, ATrendMovesThemNot) {
  std::vector<double> values;
  for (int i = 0; i < 42; i++) values.push_back(i * 0.1 + (i % 7 >= 5 ? -7 : 0));
  const auto effects = weekday_effects(values, 4);  // 5 January 1970, a Monday
  for (int day = 0; day < 5; day++) EXPECT_NEAR(effects[static_cast<std::size_t>(day)].usual, 2, 1e-9);
  EXPECT_NEAR(effects[5].usual, -5, 1e-9);
  EXPECT_NEAR(busiest_of(effects), 2, 1e-9);
}

}  // namespace
}  // namespace vedette
