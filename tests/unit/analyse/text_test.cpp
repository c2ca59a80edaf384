// How amounts and moments are said, and what the wall clock shows.
#include <gtest/gtest.h>

#include "analyse/amount_text.h"
#include "analyse/local_time.h"

namespace vedette {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

TEST(AmountText, SaysTheUnitAsPeopleDo) {
  EXPECT_EQ(amount_text(3.2e9, Unit::kBytes), "3.2 GB");
  EXPECT_EQ(amount_text(1, Unit::kFlows), "1 flow");
  EXPECT_EQ(amount_text(0, Unit::kPackets), "0 packets");
  EXPECT_EQ(amount_text(12'000, Unit::kPackets), "12.0 k packets");
  EXPECT_EQ(amount_text(9.4e8, Unit::kBitsPerSecond), "940.0 Mbit/s");
  EXPECT_EQ(amount_text(640, Unit::kBitsPerSecond), "640 bit/s");
  EXPECT_EQ(amount_text(2'400, Unit::kMicroseconds), "2.4 ms");
  EXPECT_EQ(amount_text(0.0314, Unit::kShare), "3.14 %");
  EXPECT_EQ(amount_text(2.5, Unit::kCount), "2.5");
  EXPECT_EQ(amount_text(-5e6, Unit::kBitsPerSecond), "-5.0 Mbit/s");
}

TEST(AmountText, WhatIsNoNumberIsUnknown) {
  EXPECT_EQ(amount_text(0.0 / 0.0 * 0, Unit::kBytes), "unknown");
  EXPECT_EQ(amount_text(1e300, Unit::kBytes), "1.0 EB");
}

TEST(ChangeText, SaysFactorsAndPercents) {
  EXPECT_EQ(change_text(100, 390), "3.9 times as much");
  EXPECT_EQ(change_text(100, 112), "12 % more");
  EXPECT_EQ(change_text(100, 59), "41 % less");
  EXPECT_EQ(change_text(100, 100.1), "the same");
  EXPECT_EQ(change_text(0, 5), "all of it new");
  EXPECT_EQ(change_text(5, 0), "none of it left");
  EXPECT_EQ(change_text(0, 0), "the same");
}

std::chrono::seconds berlin(Nanoseconds at) {
  return at >= seconds(1'774'746'000) ? hours(2) : hours(1);
}

TEST(LocalTime, FollowsTheWallClockOverItsChange) {
  // Sunday, 29 March 2026: 01:59 is followed by 03:00.
  const Nanoseconds before = seconds(1'774'745'940);
  EXPECT_EQ(moment_text(before, berlin), "Sun 29 Mar 01:59");
  EXPECT_EQ(moment_text(before + seconds(60), berlin), "Sun 29 Mar 03:00");
  EXPECT_EQ(hour_of_week(before, berlin), 6 * 24 + 1);
  EXPECT_EQ(hour_of_week(before + seconds(60), berlin), 6 * 24 + 3);
  const std::int64_t day = day_of(before, berlin);
  EXPECT_EQ(begin_of_day(day + 1, berlin) - begin_of_day(day, berlin), hours(23));
  EXPECT_EQ(day_of(begin_of_day(day, berlin), berlin), day);
  EXPECT_EQ(day_of(begin_of_day(day, berlin) - Nanoseconds(1), berlin), day - 1);
}

TEST(LocalTime, KnowsWeekdaysBeforeAndBehindTheEpoch) {
  EXPECT_EQ(weekday_of(0), 3);  // Thursday, 1 January 1970
  EXPECT_EQ(weekday_of(-1), 2);
  EXPECT_EQ(weekday_of(4), 0);
  EXPECT_EQ(hour_of_week(-hours(1), utc()), 2 * 24 + 23);
  EXPECT_EQ(date_text(days(365), utc()), "1 Jan 1971");
}

}  // namespace
}  // namespace vedette
