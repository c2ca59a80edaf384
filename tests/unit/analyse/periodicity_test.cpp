#include "analyse/periodicity.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vedette {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Nanoseconds kMonday = seconds(1'767'571'200);  // 5 January 2026, 00:00 UTC

// Off by up to a part of the period, by a sequence that repeats after 101.
std::vector<Nanoseconds> beats(Nanoseconds period, double jitter, int count) {
  std::vector<Nanoseconds> times{kMonday};
  for (int i = 1; i < count; i++) {
    const double off = (i * 37 % 101 - 50) / 50.0 * jitter;
    times.push_back(times.back() + period +
                    Nanoseconds(static_cast<std::int64_t>(off * static_cast<double>(period.count()))));
  }
  return times;
}

TEST(Periodicity, ABeaconIsFoundWithItsPeriodAndJitter) {
  const auto exact = period_of(beats(seconds(60), 0, 60), "10.0.0.7 to 192.0.2.9 port 443", {});
  ASSERT_TRUE(exact);
  EXPECT_EQ(exact->kind, PeriodKind::kBeacon);
  EXPECT_EQ(exact->period, seconds(60));
  EXPECT_EQ(exact->jitter, 0);
  EXPECT_EQ(exact->times, 60U);
  EXPECT_LT(exact->by_chance, 1e-4);
  EXPECT_TRUE(exact->says.starts_with(
      "10.0.0.7 to 192.0.2.9 port 443 comes every 1 min 00 s with 0 % jitter, seen 60 times"))
      << exact->says;
  const auto loose = period_of(beats(minutes(10), 0.3, 300), "it", {});
  ASSERT_TRUE(loose);
  EXPECT_NEAR(std::chrono::duration<double>(loose->period) / minutes(1), 10, 1);
  EXPECT_GT(loose->jitter, 0.05);
}

TEST(Periodicity, TwoBurstsAreNoPeriod) {
  std::vector<Nanoseconds> times;
  for (int i = 0; i < 40; i++) times.push_back(kMonday + seconds(2 * i));
  for (int i = 0; i < 40; i++) times.push_back(kMonday + hours(8) + seconds(2 * i + i % 3));
  for (int i = 0; i < 5; i++) times.push_back(kMonday + hours(40 + 7 * i * i));
  const auto period = period_of(times, "it", {});
  EXPECT_TRUE(!period || period->period < seconds(10)) << period->says;
}

TEST(Periodicity, DayAndNightIsNoBeaconAndAJobIsATimer) {
  std::vector<Nanoseconds> people, job;
  std::uint64_t state = 99;
  for (int day = 0; day < 28; day++) {
    for (int i = 0; i < 40; i++) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      people.push_back(kMonday + days(day) + hours(8) + seconds(state >> 33) % hours(10));
    }
    job.push_back(kMonday + days(day) + hours(3) + seconds(day * 37 % 60));
  }
  std::ranges::sort(people);
  const auto rhythm = period_of(people, "it", {});
  ASSERT_TRUE(rhythm);
  EXPECT_EQ(rhythm->kind, PeriodKind::kDailyRhythm);
  EXPECT_TRUE(rhythm->says.starts_with("it follows day and night, seen 11")) << rhythm->says;
  EXPECT_TRUE(rhythm->says.ends_with(" times: no beacon"));
  const auto timer = period_of(job, "it", {});
  ASSERT_TRUE(timer);
  EXPECT_EQ(timer->kind, PeriodKind::kDailyTimer);
}

TEST(Periodicity, FewTimesAndEmptyOnesSayNothing) {
  EXPECT_FALSE(period_of({}, "it", {}));
  EXPECT_FALSE(period_of(beats(seconds(60), 0, 7), "it", {}));
  EXPECT_FALSE(period_of(std::vector<Nanoseconds>(500, kMonday), "it", {}));
}

}  // namespace
}  // namespace vedette
