#include "analyse/seasonal_baseline.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "analyse/quantile.h"

namespace vedette {

namespace {

using std::chrono::days;

// The median of three outvotes one of them: fewer weeks say nothing of an hour of the week.
constexpr std::size_t kLeastWeeks = 3;
// Until there are three weeks, hours of the day are held to those of the same kind of day; three for the same
// reason.
constexpr std::size_t kLeastDays = 3;
// Quartiles of fewer daily extremes than a fortnight's are chance.
constexpr std::size_t kLeastMeasuredDays = 14;
constexpr std::size_t kLevelDays = 14;
// What is small: a quarter of what nine tenths of the buckets stay below.
constexpr double kBusy = 0.9;
constexpr double kLittle = 0.25;
// Of that, so that a day without any traffic has a level at all.
constexpr double kHardly = 0.01;
// An hour's own spread is the median of few values: it is never taken for less than half of all hours', nor
// for less than a hundredth, which is what rounding to buckets alone does.
constexpr double kLeastOfSpread = 0.5;
constexpr double kLeastSpread = 0.01;

bool is_weekend(int hour) {
  return hour >= 5 * 24;
}

int neighbour(int hour, int by) {
  return (hour + by + kHoursAWeek) % kHoursAWeek;
}

}  // namespace

// The steps from a series to a baseline.
class BaselineLesson {
 public:
  BaselineLesson(const Series& series, Nanoseconds before, std::size_t weeks, SeasonalBaseline& baseline)
      : baseline_(baseline) {
    const std::int64_t last_day = day_of(before - Nanoseconds(1), baseline.local_);
    const Nanoseconds begin = before - days(7 * static_cast<std::int64_t>(weeks));
    std::vector<double> measured;
    for (std::size_t i = series.bucket_of(begin); i < series.bucket_of(before); i++) {
      const Nanoseconds at = series.begin_of(i);
      if (at < begin) continue;
      const std::int64_t day = day_of(at, baseline.local_);
      const double value = series.is_measured(i) ? std::max(0.0, series.values[i]) : Series::kNotMeasured;
      points_.push_back(
          {day, static_cast<std::size_t>((last_day - day) / 7), hour_of_week(at, baseline.local_), value});
      if (std::isfinite(value)) measured.push_back(value);
    }
    const double busy = quantile_of(std::move(measured), kBusy);
    if (busy > 0) baseline.little_ = kLittle * busy;
  }

  [[nodiscard]] bool is_enough() const {
    std::map<std::int64_t, std::pair<std::size_t, std::size_t>> measured;
    for (const Point& point : points_) {
      auto& [good, all] = measured[point.day];
      if (std::isfinite(point.value)) good++;
      all++;
    }
    return static_cast<std::size_t>(std::ranges::count_if(measured, [](const auto& day) {
             return day.second.first * 2 >= day.second.second;
           })) >= kLeastMeasuredDays;
  }

  void learn() {
    // Twice: the level is the factor by which days differ from the hours' usual amounts, and those are
    // without it.
    std::map<std::int64_t, double> levels;
    for (int pass = 0; pass < 2; pass++) {
      take_hours(levels);
      levels = levels_by_day();
    }
    baseline_.level_ = levels.rbegin()->second;
    take_spreads(levels);
    tell_past(levels);
  }

 private:
  struct Point {
    std::int64_t day = 0;
    std::size_t week = 0;  // before the end
    int hour = 0;          // of the week
    double value = 0;      // NaN: not measured
  };
  using Levels = std::map<std::int64_t, double>;

  [[nodiscard]] static double level_of(const Levels& levels, std::int64_t day) {
    const auto found = levels.find(day);
    return found == levels.end() ? 0 : found->second;
  }

  // The usual amount of an hour of the week from its weeks' medians, but for one of them.
  [[nodiscard]] double usual(int hour, std::size_t but_week) const {
    const auto index = static_cast<std::size_t>(hour);
    std::vector<double> votes;
    for (const auto& [week, vote] : weeks_[index])
      if (week != but_week) votes.push_back(vote);
    // One week short of three where one is left out.
    if (weeks_[index].size() >= kLeastWeeks) return median_of(std::move(votes));
    votes.clear();
    for (int day = is_weekend(hour) ? 5 : 0; day < (is_weekend(hour) ? 7 : 5); day++) {
      for (const auto& [week, vote] : weeks_[static_cast<std::size_t>(day * 24 + hour % 24)])
        if (week != but_week || day != hour / 24) votes.push_back(vote);
    }
    return votes.size() + (but_week == kNoWeek ? 0 : 1) >= kLeastDays ? median_of(std::move(votes))
                                                                      : Series::kNotMeasured;
  }

  void take_hours(const Levels& levels) {
    std::array<std::map<std::size_t, std::vector<double>>, kHoursAWeek> values;
    for (const Point& point : points_)
      if (std::isfinite(point.value))
        values[static_cast<std::size_t>(point.hour)][point.week].push_back(scaled(point, levels));
    for (std::size_t hour = 0; hour < weeks_.size(); hour++) {
      weeks_[hour].clear();
      for (auto& [week, of_week] : values[hour])
        weeks_[hour].emplace_back(week, median_of(std::move(of_week)));
    }
    others_.assign(points_.empty() ? 0 : points_.front().week + 1, {});
    for (int hour = 0; hour < kHoursAWeek; hour++) {
      const auto index = static_cast<std::size_t>(hour);
      baseline_.hours_[index].usual = usual(hour, kNoWeek);
      for (std::size_t week = 0; week < others_.size(); week++) others_[week][index] = usual(hour, week);
    }
  }

  // Of each day: the median of the fourteen days before; of the first, which have none, of the first
  // fourteen. Also of the day behind the last.
  [[nodiscard]] Levels levels_by_day() const {
    std::map<std::int64_t, std::vector<double>> away;
    for (const Point& point : points_) {
      const double usual = baseline_.amount_of(baseline_.hours_[static_cast<std::size_t>(point.hour)].usual);
      const double hardly = kHardly * baseline_.little_;
      const double factor = std::log((point.value + hardly) / (usual + hardly));
      auto& of_day = away[point.day];
      if (std::isfinite(factor)) of_day.push_back(factor);
    }
    std::vector<std::pair<std::int64_t, double>> medians;
    for (auto& [day, of_day] : away)
      if (!of_day.empty()) medians.emplace_back(day, median_of(std::move(of_day)));
    Levels levels;
    const auto level_before = [&medians](std::size_t index) {
      const std::size_t end = std::max(index, std::min(kLevelDays, medians.size()));
      const std::size_t begin = end - std::min(end, kLevelDays);
      std::vector<double> last;
      for (std::size_t i = begin; i < end; i++) last.push_back(medians[i].second);
      return median_of(std::move(last));
    };
    for (std::size_t i = 0; i < medians.size(); i++) levels[medians[i].first] = level_before(i);
    levels[points_.back().day + 1] = level_before(medians.size());
    return levels;
  }

  [[nodiscard]] double scaled(const Point& point, const Levels& levels) const {
    return baseline_.scaled(point.value, level_of(levels, point.day));
  }

  [[nodiscard]] double away(const Point& point, const Levels& levels, int hour) const {
    return scaled(point, levels) - others_[point.week][static_cast<std::size_t>(hour)];
  }

  // Of an hour and both its neighbours, which are alike and three times as many.
  void take_spreads(const Levels& levels) {
    std::array<std::vector<double>, kHoursAWeek> of_hour;
    std::vector<double> all;
    for (const Point& point : points_) {
      const double distance = away(point, levels, point.hour);
      if (!std::isfinite(distance)) continue;
      all.push_back(distance);
      for (int by = -1; by <= 1; by++)
        of_hour[static_cast<std::size_t>(neighbour(point.hour, by))].push_back(distance);
    }
    const double least = std::max(kLeastSpread, kLeastOfSpread * deviation_of(std::move(all), 0));
    for (std::size_t hour = 0; hour < of_hour.size(); hour++)
      baseline_.hours_[hour].spread = std::max(least, deviation_of(std::move(of_hour[hour]), 0));
  }

  void tell_past(const Levels& levels) {
    SeasonalBaseline::Hours others = baseline_.hours_;
    std::size_t week = kNoWeek;
    for (std::size_t i = 0; i < points_.size(); i++) {
      const Point& point = points_[i];
      if (point.week != week) {
        week = point.week;
        for (std::size_t hour = 0; hour < others.size(); hour++) others[hour].usual = others_[week][hour];
      }
      const auto distance = SeasonalBaseline::from_nearest(others, point.hour, scaled(point, levels));
      baseline_.past_.push_back({point.day, distance.value_or(Series::kNotMeasured)});
    }
  }

  static constexpr std::size_t kNoWeek = static_cast<std::size_t>(-1);

  SeasonalBaseline& baseline_;
  std::vector<Point> points_;
  std::array<std::vector<std::pair<std::size_t, double>>, kHoursAWeek> weeks_;  // medians an hour, by week
  std::vector<std::array<double, kHoursAWeek>> others_;  // by week: what is usual by the other weeks alone
};

std::optional<SeasonalBaseline> SeasonalBaseline::learn(const Series& series, Nanoseconds before,
                                                        std::size_t weeks, LocalOffset local) {
  SeasonalBaseline baseline;
  baseline.local_ = std::move(local);
  BaselineLesson lesson(series, before, std::clamp(weeks, kLeastWeeks, kWeeksMost), baseline);
  if (!lesson.is_enough()) return std::nullopt;
  lesson.learn();
  return baseline;
}

double SeasonalBaseline::scaled(double value, double level) const {
  return std::log(value * std::exp(-level) + little_);
}

double SeasonalBaseline::amount_of(double usual) const {
  return std::max(0.0, std::exp(usual) - little_);
}

std::optional<double> SeasonalBaseline::from_nearest(const Hours& hours, int hour, double scaled) {
  const Hour& own = hours[static_cast<std::size_t>(hour)];
  if (!std::isfinite(own.usual) || !std::isfinite(scaled)) return std::nullopt;
  double nearest = (scaled - own.usual) / own.spread;
  for (const int by : {-1, 1}) {
    const Hour& other = hours[static_cast<std::size_t>(neighbour(hour, by))];
    if (!std::isfinite(other.usual)) continue;
    const double from_other = (scaled - other.usual) / other.spread;
    if (from_other * nearest <= 0) return 0;
    if (std::abs(from_other) < std::abs(nearest)) nearest = from_other;
  }
  return nearest;
}

std::optional<double> SeasonalBaseline::deviations(Nanoseconds at, double value) const {
  return from_nearest(hours_, hour_of_week(at, local_), scaled(std::max(0.0, value), level_));
}

std::optional<double> SeasonalBaseline::deviations_from_sunday(Nanoseconds at, double value) const {
  constexpr int kSunday = 6 * 24;
  return from_nearest(hours_, kSunday + hour_of_week(at, local_) % 24, scaled(std::max(0.0, value), level_));
}

std::optional<double> SeasonalBaseline::usual(Nanoseconds at) const {
  const double usual = hours_[static_cast<std::size_t>(hour_of_week(at, local_))].usual;
  if (!std::isfinite(usual)) return std::nullopt;
  return amount_of(usual) * std::exp(level_);
}

}  // namespace vedette
