// What the clock on the wall says at a moment: people's traffic follows it, not UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/units.h"

namespace vedette {

// How far the wall clock is ahead of UTC at a moment since the epoch. Pure: the same for the same moment.
using LocalOffset = std::function<std::chrono::seconds(Nanoseconds)>;

[[nodiscard]] LocalOffset utc();
// Of the time zone that this machine is set to (TZ, /etc/localtime), daylight saving included.
[[nodiscard]] LocalOffset zone_of_this_machine();

inline constexpr int kHoursAWeek = 168;

// 0 … 167: hours since Monday 00:00 on the wall clock.
[[nodiscard]] int hour_of_week(Nanoseconds at, const LocalOffset& local);

// Days since 1970-01-01 on the wall clock.
[[nodiscard]] std::int64_t day_of(Nanoseconds at, const LocalOffset& local);

// When that day begins, since the epoch.
[[nodiscard]] Nanoseconds begin_of_day(std::int64_t day, const LocalOffset& local);

// 0 … 6: Monday is 0.
[[nodiscard]] int weekday_of(std::int64_t day);

// "Thu 24 Dec 14:00".
[[nodiscard]] std::string moment_text(Nanoseconds at, const LocalOffset& local);

// "24 Dec 2026".
[[nodiscard]] std::string date_text(Nanoseconds at, const LocalOffset& local);

}  // namespace vedette
