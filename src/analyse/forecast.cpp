#include "analyse/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analyse/quantile.h"
#include "analyse/weekdays.h"

namespace vedette {

namespace {

using std::chrono::days;

constexpr double kBusy = 0.95;
constexpr std::size_t kLeastDays = 21;  // three of each weekday, of which the median outvotes one
constexpr double kInSight = 4;          // times the days that were fitted

// A value a day, from the first measured one to the last whole one; NaN where too little was measured.
struct Days {
  std::vector<double> loads;
  std::int64_t last = 0;  // day of the last of them
};

Days busy_loads(const Series& load, const LocalOffset& local) {
  Days all;
  std::vector<double> of_day;
  std::size_t buckets = 0;
  const auto keep = [&] {
    all.loads.push_back(of_day.size() * 2 >= buckets && !of_day.empty() ? quantile_of(of_day, kBusy)
                                                                        : Series::kNotMeasured);
    of_day.clear();
    buckets = 0;
  };
  std::int64_t day = 0;
  for (std::size_t i = 0; i < load.values.size(); i++) {
    const std::int64_t that = day_of(load.begin_of(i), local);
    for (; buckets > 0 && day < that; day++) keep();
    day = that;
    buckets++;
    if (load.is_measured(i)) of_day.push_back(load.values[i]);
  }
  if (!load.values.empty() && load.end() >= begin_of_day(day + 1, local)) keep(), day++;
  all.last = day - 1;
  return all;
}

// Each day's load, had it been the busiest weekday: that one is the first to fill the link.
std::vector<double> as_on_the_busiest(const Days& busy) {
  std::vector<double> scaled;
  for (const double load : busy.loads) scaled.push_back(std::log(load));
  const std::int64_t first = busy.last + 1 - std::ssize(busy.loads);
  const auto effects = weekday_effects(scaled, first);
  const double most = busiest_of(effects);
  std::vector<double> loads = busy.loads;
  for (std::size_t i = 0; i < loads.size(); i++) {
    const int weekday = weekday_of(first + static_cast<std::int64_t>(i));
    loads[i] *= std::exp(most - effects[static_cast<std::size_t>(weekday)].usual);
  }
  return loads;
}

// Days until a line from `level` reaches `capacity`; nothing where it never does.
std::optional<double> days_until(double capacity, double level, double slope) {
  if (level >= capacity) return 0;
  if (slope <= 0) return std::nullopt;
  return (capacity - level) / slope;
}

std::string rate_text(const Forecast& forecast) {
  return fmt::format(
      "{}{} a day, {} to {} with {:.0f} % confidence, from {} days", forecast.a_day >= 0 ? "+" : "",
      amount_text(forecast.a_day, forecast.unit), amount_text(forecast.low_a_day, forecast.unit),
      amount_text(forecast.high_a_day, forecast.unit), forecast.confidence * 100, forecast.days);
}

std::string says_of(const Forecast& forecast, const LocalOffset& local) {
  const std::string now =
      fmt::format("{} is at {} in its busy hours, {:.0f} % of {}", forecast.series,
                  amount_text(forecast.load, forecast.unit), forecast.load / forecast.capacity * 100,
                  amount_text(forecast.capacity, forecast.unit));
  switch (forecast.filling) {
    case Filling::kTooShort:
      return fmt::format("{}: {} whole days are too few to say when it is full ({} are asked for)",
                         forecast.series, forecast.days, kLeastDays);
    case Filling::kFull:
      return now + ": it is full";
    case Filling::kNever:
      return fmt::format("{}, and doesn't grow ({}): as it goes now it is never full", now,
                         rate_text(forecast));
    case Filling::kNotBefore:
      return fmt::format("{}; no date can be said ({}): not before {}", now, rate_text(forecast),
                         date_text(*forecast.earliest, local));
    case Filling::kFills:
      break;
  }
  return fmt::format("{}, and grows ({}): it is full on {}, {} at the earliest, {}", now, rate_text(forecast),
                     date_text(*forecast.date, local), date_text(*forecast.earliest, local),
                     forecast.latest ? date_text(*forecast.latest, local) + " at the latest"
                                     : "and at its slowest not in sight");
}

}  // namespace

Forecast forecast_of(const Series& load, double capacity, const LocalOffset& local, double confidence) {
  Forecast forecast;
  forecast.series = load.name;
  forecast.unit = load.unit;
  forecast.capacity = capacity;
  forecast.confidence = confidence;
  forecast.query = load.query;
  const Days busy = busy_loads(load, local);
  const std::vector<double> loads = as_on_the_busiest(busy);
  forecast.days = static_cast<std::size_t>(
      std::ranges::count_if(busy.loads, [](double value) { return std::isfinite(value); }));
  const auto trend = forecast.days >= kLeastDays ? trend_of(loads, confidence) : std::nullopt;
  if (!trend) {
    forecast.says = says_of(forecast, local);
    return forecast;
  }
  forecast.load = std::max(0.0, trend->level);
  forecast.a_day = trend->slope;
  forecast.low_a_day = trend->low;
  forecast.high_a_day = trend->high;

  const double in_sight = kInSight * static_cast<double>(busy.loads.size());
  // The last value stands for the middle of its day.
  const Nanoseconds last = begin_of_day(busy.last, local) + std::chrono::hours(12);
  const auto in_days = [last](double count) {
    return last + Nanoseconds(static_cast<std::int64_t>(count * 86'400e9));
  };
  const auto soonest = days_until(capacity, trend->high_level, trend->high);
  const auto expected = days_until(capacity, trend->level, trend->slope);
  const auto slowest = days_until(capacity, trend->low_level, trend->low);
  if (trend->level >= capacity) {
    forecast.filling = Filling::kFull;
  } else if (!soonest) {
    forecast.filling = Filling::kNever;
  } else if (trend->low <= 0 || !expected || *expected > in_sight) {
    forecast.filling = Filling::kNotBefore;
    forecast.earliest = in_days(std::min(*soonest, in_sight));
  } else {
    forecast.filling = Filling::kFills;
    forecast.date = in_days(*expected);
    forecast.earliest = in_days(std::min(*soonest, *expected));
    if (slowest && *slowest <= in_sight) forecast.latest = in_days(std::max(*slowest, *expected));
  }
  forecast.says = says_of(forecast, local);
  return forecast;
}

}  // namespace vedette
