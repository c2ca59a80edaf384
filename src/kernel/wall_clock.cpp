#include "kernel/wall_clock.h"

#include <ctime>
#include <limits>

namespace vedette {

namespace {

constexpr int kReadings = 5;

std::int64_t read_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void WallClock::measure() {
  std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < kReadings; i++) {
    const std::int64_t before = read_ns(CLOCK_MONOTONIC);
    const std::int64_t wall = read_ns(CLOCK_REALTIME);
    const std::int64_t after = read_ns(CLOCK_MONOTONIC);
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    offset_ns_ = wall - (before + after) / 2;
  }
}

std::uint64_t WallClock::monotonic_now_ns() {
  return static_cast<std::uint64_t>(read_ns(CLOCK_MONOTONIC));
}

}  // namespace vedette
