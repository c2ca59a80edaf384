#include "replay/replay_clock.h"

#include <gtest/gtest.h>

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kBegin = 1'000;
constexpr Nanoseconds kCaptured = std::chrono::hours(450'000);  // since the epoch

TEST(ReplayClock, BeginsWithTheFirstPacketAndGoesOnAsTheCaptureDoes) {
  ReplayClock clock(kBegin);
  EXPECT_EQ(clock.at(kCaptured), kBegin);
  EXPECT_EQ(clock.at(kCaptured + 5ns), kBegin + 5);
  EXPECT_EQ(clock.at(kCaptured + 1h), kBegin + 3'600'000'000'000);
}

TEST(ReplayClock, StandsStillForPacketsOutOfOrder) {
  ReplayClock clock(kBegin);
  EXPECT_EQ(clock.at(kCaptured + 1s), kBegin);
  EXPECT_EQ(clock.at(kCaptured), kBegin);
  EXPECT_EQ(clock.at(kCaptured + 1s + 7ns), kBegin + 7);
  EXPECT_EQ(clock.out_of_order(), 1U);
  EXPECT_EQ(clock.went_back(), 0U);
}

TEST(ReplayClock, GoesOnFromThereWhereTimeGoesBackByMore) {
  ReplayClock clock(kBegin);
  (void)clock.at(kCaptured + 1h);
  EXPECT_EQ(clock.at(kCaptured), kBegin);
  EXPECT_EQ(clock.at(kCaptured + 3ns), kBegin + 3);
  EXPECT_EQ(clock.out_of_order(), 0U);
  EXPECT_EQ(clock.went_back(), 1U);
}

TEST(ReplayClock, TakesTimesBeforeTheEpoch) {
  ReplayClock clock(kBegin);
  EXPECT_EQ(clock.at(-5s), kBegin);
  EXPECT_EQ(clock.at(3s), kBegin + 8'000'000'000);
}

TEST(ReplayClock, CutsShortStepsOfMoreThanTenYears) {
  ReplayClock clock(kBegin);
  EXPECT_EQ(clock.at(0s), kBegin);
  const std::uint64_t after = clock.at(Nanoseconds::max() - 10s);
  EXPECT_GT(after, kBegin + 315'000'000'000'000'000);
  EXPECT_LT(after, kBegin + 320'000'000'000'000'000);
  EXPECT_EQ(clock.at(Nanoseconds::max() - 9s), after + 1'000'000'000);
  EXPECT_EQ(clock.at(0s), after + 1'000'000'000);
  EXPECT_EQ(clock.went_back(), 1U);
}

}  // namespace
}  // namespace vedette::tests
