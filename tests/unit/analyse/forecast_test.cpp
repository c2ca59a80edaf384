#include "analyse/forecast.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Nanoseconds kMonday = std::chrono::seconds(1'767'571'200);  // 5 January 2026, 00:00 UTC

// A load that grows by `a_day` Mbit/s, a tenth of it by night, off by a hundredth each day.
Series load(double start, double a_day, int count_days) {
  Series series;
  series.name = "eth0 in";
  series.unit = Unit::kBitsPerSecond;
  series.from = kMonday;
  series.step = hours(1);
  for (int i = 0; i < count_days * 24; i++) {
    const int day = i / 24;
    const double off = (day * 7919 % 13 - 6) * 0.002;
    series.values.push_back(1e6 * (start + a_day * day) * (1 + off) * (i % 24 < 8 ? 0.1 : 1));
  }
  return series;
}

TEST(Forecast, SaysTheDateWithItsInterval) {
  const Forecast forecast = forecast_of(load(400, 4, 60), 1e9, utc());
  ASSERT_EQ(forecast.filling, Filling::kFills);
  EXPECT_NEAR(forecast.a_day, 4e6, 2e5);
  EXPECT_NEAR(forecast.load, 636e6, 1e7);
  // 400 Mbit/s and 4 a day: 1 Gbit/s after 150 days.
  EXPECT_NEAR(std::chrono::duration<double>(*forecast.date - kMonday) / days(1), 150, 4);
  EXPECT_LE(*forecast.earliest, *forecast.date);
  ASSERT_TRUE(forecast.latest);
  EXPECT_GE(*forecast.latest, *forecast.date);
  EXPECT_TRUE(forecast.says.starts_with("eth0 in is at 6")) << forecast.says;
  EXPECT_NE(forecast.says.find("it is full on "), std::string::npos);
}

TEST(Forecast, WhatShrinksIsNeverFull) {
  const Forecast forecast = forecast_of(load(800, -4, 60), 1e9, utc());
  EXPECT_EQ(forecast.filling, Filling::kNever);
  EXPECT_FALSE(forecast.date);
  EXPECT_NE(forecast.says.find("as it goes now it is never full"), std::string::npos) << forecast.says;
}

TEST(Forecast, WhatDoesNotGrowForSureHasNoDate) {
  const Forecast forecast = forecast_of(load(400, 0, 60), 1e9, utc());
  EXPECT_TRUE(forecast.filling == Filling::kNotBefore || forecast.filling == Filling::kNever);
  EXPECT_FALSE(forecast.date);
}

TEST(Forecast, ALineIsNotDrawnOnForEver) {
  const Forecast forecast = forecast_of(load(400, 1, 28), 1e9, utc());
  ASSERT_EQ(forecast.filling, Filling::kNotBefore);
  EXPECT_NEAR(std::chrono::duration<double>(*forecast.earliest - kMonday) / days(1), 27.5 + 4 * 28, 1);
}

TEST(Forecast, AFullLinkIsFull) {
  EXPECT_EQ(forecast_of(load(990, 1, 60), 1e9, utc()).filling, Filling::kFull);
}

TEST(Forecast, TwentyDaysAreTooShort) {
  const Forecast forecast = forecast_of(load(400, 4, 20), 1e9, utc());
  EXPECT_EQ(forecast.filling, Filling::kTooShort);
  EXPECT_EQ(forecast.days, 20U);
  EXPECT_EQ(forecast_of({.name = "eth0", .step = hours(1), .values = {}, .query = {}}, 1e9, utc()).filling,
            Filling::kTooShort);
}

TEST(Forecast, DaysThatWereHardlyMeasuredDoNotCount) {
  Series series = load(400, 4, 60);
  for (std::size_t i = 240; i < 24 * 14; i++)
    if (i % 24 > 5) series.values[i] = Series::kNotMeasured;
  series.values.resize(60 * 24 - 3);  // the last day isn't whole
  const Forecast forecast = forecast_of(series, 1e9, utc());
  EXPECT_EQ(forecast.days, 55U);
  EXPECT_NEAR(std::chrono::duration<double>(*forecast.date - kMonday) / days(1), 150, 5);
}

}  // namespace
}  // namespace vedette
