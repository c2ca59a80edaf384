#include "analyse/local_time.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string_view>

namespace vedette {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> kWeekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

seconds on_the_wall(Nanoseconds at, const LocalOffset& local) {
  return floor<seconds>(at) + local(at);
}

std::chrono::year_month_day date_of(seconds wall) {
  return std::chrono::year_month_day(std::chrono::sys_days(floor<days>(wall)));
}

std::string_view month_name(const std::chrono::year_month_day& date) {
  return kMonths[static_cast<unsigned>(date.month()) - 1];
}

}  // namespace

LocalOffset utc() {
  return [](Nanoseconds) { return seconds(0); };
}

LocalOffset zone_of_this_machine() {
  return [](Nanoseconds at) {
    const auto moment = static_cast<std::time_t>(floor<seconds>(at).count());
    std::tm local{};
    localtime_r(&moment, &local);
    return seconds(local.tm_gmtoff);
  };
}

int hour_of_week(Nanoseconds at, const LocalOffset& local) {
  const seconds wall = on_the_wall(at, local);
  const auto day = floor<days>(wall);
  return weekday_of(day.count()) * 24 + static_cast<int>(floor<hours>(wall - day).count());
}

std::int64_t day_of(Nanoseconds at, const LocalOffset& local) {
  return floor<days>(on_the_wall(at, local)).count();
}

Nanoseconds begin_of_day(std::int64_t day, const LocalOffset& local) {
  const Nanoseconds midnight = days(day);
  // The offset that holds at that midnight, which is within a day of UTC's.
  const Nanoseconds near = midnight - local(midnight);
  return midnight - local(near);
}

int weekday_of(std::int64_t day) {
  // 1970-01-01 was a Thursday.
  return static_cast<int>(((day + 3) % 7 + 7) % 7);
}

std::string moment_text(Nanoseconds at, const LocalOffset& local) {
  const seconds wall = on_the_wall(at, local);
  const auto date = date_of(wall);
  const auto day = floor<days>(wall);
  const std::int64_t minute = floor<minutes>(wall - day).count();
  return fmt::format("{} {} {} {:02}:{:02}", kWeekdays[static_cast<std::size_t>(weekday_of(day.count()))],
                     static_cast<unsigned>(date.day()), month_name(date), minute / 60, minute % 60);
}

std::string date_text(Nanoseconds at, const LocalOffset& local) {
  const auto date = date_of(on_the_wall(at, local));
  return fmt::format("{} {} {}", static_cast<unsigned>(date.day()), month_name(date),
                     static_cast<int>(date.year()));
}

}  // namespace vedette
