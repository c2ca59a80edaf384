#include "analyse/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "analyse/quantile.h"
#include "analyse/weekdays.h"

namespace vedette {

namespace {

// Fewer days a side are an outage or a holiday, which analyse/anomalies.h tells.
constexpr std::size_t kLeastSide = 5;
constexpr double kNoNews = 0.1;     // of the usual amount, as in a baseline
constexpr std::size_t kAround = 7;  // days to either side
constexpr std::int64_t kNear = 2;   // days to either side in which the bucket is looked for

struct Day {
  std::int64_t day = 0;
  double level = 0;   // median of the logarithms, without what is usual of the hours
  double steady = 0;  // without the day of the week
};

struct Split {
  std::size_t first_after = 0;
  double by_chance = 1;
};

double side_level(std::span<const Day> days, std::size_t begin, std::size_t end) {
  std::vector<double> values;
  for (std::size_t i = begin; i < end; i++) values.push_back(days[i].steady);
  return median_of(std::move(values));
}

// What Pettitt's test gives at most to K, of so many days.
double chance_of(double k, double days, double widening) {
  return std::min(1.0, 2 * std::exp(-6 * k * k / ((days * days * days + days * days) * widening)));
}

// Pettitt's K over the values, and where it is reached.
Split pettitt(std::span<const Day> days, double widening) {
  std::vector<std::size_t> order(days.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&days](std::size_t i) { return days[i].steady; });
  std::vector<double> ranks(days.size());
  for (std::size_t i = 0; i < order.size(); i++) ranks[order[i]] = static_cast<double>(i + 1);
  const auto n = static_cast<double>(days.size());
  double sum = 0, most = 0;
  Split split;
  for (std::size_t i = 0; i + kLeastSide < days.size(); i++) {
    sum += 2 * ranks[i] - (n + 1);
    if (i + 1 < kLeastSide || std::abs(sum) <= most) continue;
    most = std::abs(sum);
    split.first_after = i + 1;
  }
  if (split.first_after == 0) return split;
  split.by_chance = chance_of(most, n, widening);
  return split;
}

// By which serial correlation of the first order makes days fewer than they are. Of what is left without the
// median of the days around each, which no step moves.
double widening_of(std::span<const Day> days) {
  std::vector<double> left;
  for (std::size_t i = 0; i < days.size(); i++) {
    const std::size_t begin = i < kAround ? 0 : i - kAround;
    left.push_back(days[i].steady - side_level(days, begin, std::min(i + kAround + 1, days.size())));
  }
  const double wild = 3 * deviation_of(left, 0);
  double product = 0, square = 0;
  for (std::size_t i = 0; i < left.size(); i++) {
    left[i] = std::clamp(left[i], -wild, wild);
    square += left[i] * left[i];
    if (i > 0) product += left[i] * left[i - 1];
  }
  const double correlation = square > 0 ? std::clamp(product / square, 0.0, 0.9) : 0;
  return (1 + correlation) / (1 - correlation);
}

// Whether levels between the splits tell the days better than a straight line, by what each leaves, as
// Laplace's likelihood has it, with Schwarz' penalty for the place and level of each step (1978).
bool are_steps(const std::vector<Day>& days, const std::vector<std::size_t>& splits) {
  std::vector<double> slopes, levels;
  for (std::size_t i = 0; i < days.size(); i++) {
    for (std::size_t j = i + 1; j < days.size(); j++)
      slopes.push_back((days[j].steady - days[i].steady) / static_cast<double>(days[j].day - days[i].day));
  }
  const double slope = median_of(std::move(slopes));
  for (const Day& day : days) levels.push_back(day.steady - slope * static_cast<double>(day.day));
  const double level = median_of(levels);
  double by_line = 0, by_steps = 0;
  for (const double one : levels) by_line += std::abs(one - level);
  for (std::size_t i = 0; i <= splits.size(); i++) {
    const std::size_t begin = i == 0 ? 0 : splits[i - 1], end = i < splits.size() ? splits[i] : days.size();
    const double side = side_level(days, begin, end);
    for (std::size_t at = begin; at < end; at++) by_steps += std::abs(days[at].steady - side);
  }
  // The line has a slope of its own.
  const auto n = static_cast<double>(days.size());
  const double more = 2 * static_cast<double>(splits.size()) - 1;
  return n * std::log(by_line / std::max(by_steps, 1e-300)) > more * std::log(n);
}

void segment(std::span<const Day> days, std::size_t offset, double widening, double false_alarm,
             std::vector<std::size_t>& splits, std::map<std::size_t, double>& chances) {
  if (days.size() < 2 * kLeastSide) return;
  const Split split = pettitt(days, widening);
  if (split.first_after == 0 || split.by_chance > false_alarm) return;
  segment(days.first(split.first_after), offset, widening, false_alarm, splits, chances);
  splits.push_back(offset + split.first_after);
  chances[offset + split.first_after] = split.by_chance;
  segment(days.subspan(split.first_after), offset + split.first_after, widening, false_alarm, splits,
          chances);
}

// A bucket on the logarithmic scale.
struct Point {
  Nanoseconds at{};
  std::int64_t day = 0;
  std::size_t hour = 0;  // of the week
  double value = 0;      // later without what is usual of the hour within its day
};

std::vector<Point> points_of(const Series& series, const LocalOffset& local, double least) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < series.values.size(); i++) {
    const Nanoseconds at = series.begin_of(i);
    if (series.is_measured(i))
      points.push_back({at, day_of(at, local), static_cast<std::size_t>(hour_of_week(at, local)),
                        std::log(std::max(0.0, series.values[i]) + least)});
  }
  return points;
}

// How far each hour of the week usually lies from the mean of its day, taken out: by whole days alone, whose
// means compare, and by the hour's median, which a step on one of the days doesn't move.
void take_hours_out(std::vector<Point>& points, std::size_t buckets_a_day) {
  std::array<std::vector<double>, kHoursAWeek> away;
  for (std::size_t begin = 0; begin < points.size();) {
    std::size_t end = begin;
    double sum = 0;
    for (; end < points.size() && points[end].day == points[begin].day; end++) sum += points[end].value;
    for (std::size_t i = begin; i < end && end - begin >= buckets_a_day; i++)
      away[points[i].hour].push_back(points[i].value - sum / static_cast<double>(end - begin));
    begin = end;
  }
  std::array<double, kHoursAWeek> usual{};
  for (std::size_t hour = 0; hour < usual.size(); hour++)
    usual[hour] = away[hour].empty() ? Series::kNotMeasured : median_of(std::move(away[hour]));
  for (Point& point : points) point.value -= usual[point.hour];
  std::erase_if(points, [](const Point& point) { return !std::isfinite(point.value); });
}

// Where the buckets around the day split best into the two levels.
Nanoseconds bucket_of_step(const std::vector<Point>& points, const std::map<std::int64_t, Day>& days,
                           std::int64_t day, double before, double after) {
  double sum = 0, best = -1;
  Nanoseconds at{};
  for (const Point& point : points) {
    const auto of_day = days.find(point.day);
    if (point.day < day - kNear || point.day >= day + kNear || of_day == days.end()) continue;
    if (sum > best) {
      best = sum;
      at = point.at;
    }
    const double value = point.value - (of_day->second.level - of_day->second.steady);
    // How much better the old level tells it than the new one.
    sum += std::abs(value - after) - std::abs(value - before);
  }
  return at;
}

// What an amount of one bucket is of.
std::string bucket_text(Nanoseconds step) {
  if (step == std::chrono::hours(1)) return "an hour";
  if (step == std::chrono::minutes(1)) return "a minute";
  if (step % std::chrono::minutes(1) != Nanoseconds{})
    return fmt::format("each {} s", step / std::chrono::seconds(1));
  return fmt::format("each {} min", step / std::chrono::minutes(1));
}

}  // namespace

StepsFound steps_in(const Series& series, const LocalOffset& local, double false_alarm) {
  StepsFound found;
  found.query = series.query;
  std::vector<double> positive;
  for (const double value : series.values)
    if (std::isfinite(value) && value > 0) positive.push_back(value);
  const double least = positive.empty() ? 1 : kNoNews * median_of(std::move(positive));
  const auto buckets_a_day =
      static_cast<std::size_t>(std::chrono::days(1) / std::max(series.step, Nanoseconds(1)));
  std::vector<Point> points = points_of(series, local, least);
  take_hours_out(points, buckets_a_day);
  std::vector<Day> days;
  for (std::size_t begin = 0; begin < points.size();) {
    std::vector<double> of_day;
    std::size_t end = begin;
    for (; end < points.size() && points[end].day == points[begin].day; end++)
      of_day.push_back(points[end].value);
    if (of_day.size() * 2 >= buckets_a_day) {
      const double level = median_of(std::move(of_day));
      days.push_back({points[begin].day, level, level});
    }
    begin = end;
  }
  found.days = days.size();
  // The clearest step has all days of one half above all of the other.
  const auto n = static_cast<double>(days.size());
  found.is_short = n == 0 || chance_of(n * n / 4, n, 1) > false_alarm;
  if (days.empty()) return found;

  std::vector<double> by_date;
  for (const Day& day : days) {
    by_date.resize(static_cast<std::size_t>(day.day - days.front().day), Series::kNotMeasured);
    by_date.push_back(day.level);
  }
  const auto effects = weekday_effects(by_date, days.front().day);
  for (Day& day : days) day.steady = day.level - effects[static_cast<std::size_t>(weekday_of(day.day))].usual;

  std::vector<std::size_t> splits;
  std::map<std::size_t, double> chances;
  segment(days, 0, widening_of(days), false_alarm, splits, chances);
  if (splits.empty() || !are_steps(days, splits)) return found;
  std::map<std::int64_t, Day> levels;
  for (const Day& day : days) levels[day.day] = day;
  for (std::size_t i = 0; i < splits.size(); i++) {
    const std::size_t begin = i == 0 ? 0 : splits[i - 1];
    const std::size_t end = i + 1 < splits.size() ? splits[i + 1] : days.size();
    const double low = side_level(days, begin, splits[i]), high = side_level(days, splits[i], end);
    Step step;
    step.before = std::max(0.0, std::exp(low) - least);
    step.after = std::max(0.0, std::exp(high) - least);
    step.ratio = step.before > 0 ? step.after / step.before : std::exp(high - low);
    step.by_chance = chances[splits[i]];
    step.at = bucket_of_step(points, levels, days[splits[i]].day, low, high);
    step.says = fmt::format("{} stepped on {} from {} to {} {} ({}; by chance below {:.1g})", series.name,
                            moment_text(step.at, local), amount_text(step.before, series.unit),
                            amount_text(step.after, series.unit), bucket_text(series.step),
                            change_text(step.before, step.after), step.by_chance);
    found.steps.push_back(std::move(step));
  }
  return found;
}

}  // namespace vedette
