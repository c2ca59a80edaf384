#include "analyse/weekdays.h"

#include <algorithm>
#include <cmath>

#include "analyse/local_time.h"
#include "analyse/quantile.h"

namespace vedette {

namespace {

constexpr double kOfMedian = 1.2533;  // a median's standard error, of a mean's
constexpr double kApart = 3;          // errors; the largest of seven was chosen

}  // namespace

std::array<WeekdayEffect, 7> weekday_effects(const std::vector<double>& values, std::int64_t first_day) {
  std::array<std::vector<double>, 7> away;
  for (std::size_t i = 3; i + 3 < values.size(); i++) {
    double sum = 0;
    for (std::size_t day = i - 3; day <= i + 3; day++) sum += values[day];
    if (!std::isfinite(sum)) continue;
    const int weekday = weekday_of(first_day + static_cast<std::int64_t>(i));
    away[static_cast<std::size_t>(weekday)].push_back(values[i] - sum / 7);
  }
  std::array<WeekdayEffect, 7> effects{};
  for (std::size_t i = 0; i < effects.size(); i++) {
    if (away[i].empty()) continue;
    effects[i].usual = median_of(away[i]);
    const auto weeks = static_cast<double>(away[i].size());
    effects[i].error = kOfMedian * deviation_of(std::move(away[i]), effects[i].usual) / std::sqrt(weeks);
  }
  return effects;
}

double busiest_of(const std::array<WeekdayEffect, 7>& effects) {
  const WeekdayEffect& largest = *std::ranges::max_element(effects, {}, &WeekdayEffect::usual);
  double sum = 0, count = 0;
  for (const WeekdayEffect& one : effects) {
    if (largest.usual - one.usual > kApart * std::hypot(largest.error, one.error)) continue;
    sum += one.usual;
    count++;
  }
  return sum / count;
}

}  // namespace vedette
