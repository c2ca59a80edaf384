#include "analyse/anomalies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <optional>

#include "analyse/daily_extremes.h"
#include "analyse/seasonal_baseline.h"
#include "base/human_text.h"

namespace vedette {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Over how long all buckets have to be beyond the threshold.
constexpr std::array<Nanoseconds, 4> kLasting{minutes(15), hours(1), hours(3), hours(12)};
constexpr Nanoseconds kQuiet = days(1);
constexpr double kHold = 0.5;  // of the threshold: an episode goes on above it
// A holiday is told by a working day's hours, not by a lunch break.
constexpr Nanoseconds kHolidayLeast = hours(6);
constexpr double kHolidayPart = 0.8;  // of the episode's buckets are as on Sundays

// How many buckets in a row have to be beyond a threshold.
using Runs = std::vector<std::size_t>;

Runs runs_of(Nanoseconds step) {
  Runs runs;
  for (const Nanoseconds lasting : kLasting) {
    const auto buckets = static_cast<std::size_t>((lasting + step - Nanoseconds(1)) / step);
    if (runs.empty() || buckets > runs.back()) runs.push_back(buckets);
  }
  return runs;
}

// What a day is judged by.
struct Judge {
  SeasonalBaseline baseline;
  std::vector<double> above;  // thresholds, a run each
  std::vector<double> below;
};

// Of each day the largest of what lasted: of the least of each `run` buckets in a row that end on it.
std::vector<double> daily_largest(const std::vector<SeasonalBaseline::Past>& past, std::size_t run,
                                  double sign) {
  std::vector<double> largest;
  // Of the last run's buckets those that none behind them is below: the first is the least.
  std::deque<std::size_t> falling;
  std::size_t in_a_row = 0;
  std::int64_t day = 0;
  bool is_known = false;  // of the day
  for (std::size_t i = 0; i < past.size(); i++) {
    if (i == 0 || past[i].day != day) is_known = false;
    day = past[i].day;
    if (!std::isfinite(past[i].deviations)) {
      in_a_row = 0;
      falling.clear();
      continue;
    }
    in_a_row++;
    while (!falling.empty() && sign * past[falling.back()].deviations >= sign * past[i].deviations)
      falling.pop_back();
    falling.push_back(i);
    if (falling.front() + run <= i) falling.pop_front();
    if (in_a_row < run) continue;
    const double least = sign * past[falling.front()].deviations;
    if (!is_known) largest.push_back(least);
    is_known = true;
    largest.back() = std::max(largest.back(), least);
  }
  return largest;
}

std::optional<Judge> judge_of(const Series& series, Nanoseconds begin, const Runs& runs,
                              const AnomalyOptions& options) {
  auto baseline = SeasonalBaseline::learn(series, begin, options.weeks, options.local);
  if (!baseline) return std::nullopt;
  Judge judge{*std::move(baseline), {}, {}};
  // Thirty days, two sides, and each run.
  const double a_day = std::clamp(options.false_a_month / 60 / static_cast<double>(runs.size()), 1e-9, 0.5);
  for (const std::size_t run : runs) {
    judge.above.push_back(rarely_exceeded(daily_largest(judge.baseline.past(), run, 1), a_day));
    judge.below.push_back(rarely_exceeded(daily_largest(judge.baseline.past(), run, -1), a_day));
  }
  return judge;
}

std::string says_of(const Anomaly& anomaly, const LocalOffset& local) {
  std::string text = fmt::format(
      "{} {} from {} to {}: {} where {} is usual at these hours ({}, {:.1f} deviations, {:.1f} alarm)",
      anomaly.series, anomaly.above ? "is above" : "is below", moment_text(anomaly.first, local),
      moment_text(anomaly.last, local), amount_text(anomaly.amount, anomaly.unit),
      amount_text(anomaly.usual, anomaly.unit), change_text(anomaly.usual, anomaly.amount), anomaly.score,
      anomaly.threshold);
  if (anomaly.as_on_sunday) text += "; as on a Sunday: a holiday?";
  return text;
}

// One direction's episodes.
class Episodes {
 public:
  Episodes(const Series& series, bool above, const Runs& runs, const AnomalyOptions& options,
           std::vector<Anomaly>& told)
      : series_(series), above_(above), runs_(runs), options_(options), told_(told), beyond_(runs.size()) {}

  void take(std::size_t bucket, const Judge& judge) {
    const Nanoseconds at = series_.begin_of(bucket);
    if (open_ && at - open_->last >= kQuiet) end(true);
    const auto deviations = judge.baseline.deviations(at, series_.values[bucket]);
    if (!deviations) {
      std::ranges::fill(beyond_, 0);
      return;
    }
    const double score = above_ ? *deviations : -*deviations;
    const std::size_t counted = open_ ? 1 : convicting(bucket, score, judge);
    if (!open_ || score <= open_->threshold * kHold) return;
    for (std::size_t i = bucket + 1 - counted; i <= bucket; i++) count(i, judge);
    open_->last = at + series_.step;
    open_->score = std::max(open_->score, score);
  }

  void end(bool over) {
    if (!open_) return;
    open_->over = over;
    std::ranges::fill(beyond_, 0);
    open_->total = amount_;
    open_->amount = amount_ / static_cast<double>(counted_);
    open_->usual = usual_ / static_cast<double>(counted_);
    open_->as_on_sunday = !above_ && series_.step * static_cast<std::int64_t>(counted_) >= kHolidayLeast &&
                          static_cast<double>(as_on_sunday_) >= kHolidayPart * static_cast<double>(counted_);
    open_->says = says_of(*open_, options_.local);
    told_.push_back(*std::move(open_));
    open_.reset();
  }

 private:
  [[nodiscard]] bool is_large(double value, double usual) const {
    return above_ ? value >= usual * (1 + options_.least_change)
                  : value <= usual / (1 + options_.least_change);
  }

  // Begins an episode where the bucket completes a run beyond its threshold; how many buckets that is.
  std::size_t convicting(std::size_t bucket, double score, const Judge& judge) {
    const std::vector<double>& thresholds = above_ ? judge.above : judge.below;
    const bool large = is_large(series_.values[bucket], *judge.baseline.usual(series_.begin_of(bucket)));
    std::size_t run = 0;
    for (std::size_t i = 0; i < runs_.size(); i++) {
      beyond_[i] = large && score > thresholds[i] ? beyond_[i] + 1 : 0;
      if (run == 0 && beyond_[i] >= runs_[i]) {
        run = runs_[i];
        begin(bucket, run, thresholds[i]);
      }
    }
    return run;
  }

  void begin(std::size_t bucket, std::size_t run, double threshold) {
    open_.emplace();
    open_->series = series_.name;
    open_->unit = series_.unit;
    open_->above = above_;
    open_->first = series_.begin_of(bucket + 1 - run);
    open_->detected = series_.begin_of(bucket + 1);
    open_->threshold = threshold;
    open_->query = series_.query;
    amount_ = usual_ = 0;
    counted_ = as_on_sunday_ = 0;
  }

  void count(std::size_t bucket, const Judge& judge) {
    const Nanoseconds at = series_.begin_of(bucket);
    const double value = series_.values[bucket];
    amount_ += value;
    usual_ += judge.baseline.usual(at).value_or(value);
    counted_++;
    const auto from_sunday = judge.baseline.deviations_from_sunday(at, value);
    if (from_sunday && weekday_of(day_of(at, options_.local)) < 5 &&
        std::abs(*from_sunday) <= judge.below.front())
      as_on_sunday_++;
  }

  const Series& series_;
  bool above_;
  const Runs& runs_;
  const AnomalyOptions& options_;
  std::vector<Anomaly>& told_;
  std::optional<Anomaly> open_;
  std::vector<std::size_t> beyond_;  // buckets in a row, a run each
  double amount_ = 0, usual_ = 0;
  std::size_t counted_ = 0, as_on_sunday_ = 0;
};

}  // namespace

AnomaliesFound anomalies_in(const Series& series, Nanoseconds from, Nanoseconds to,
                            const AnomalyOptions& options) {
  AnomaliesFound found;
  found.judged_from = to;
  if (series.step <= Nanoseconds(0) || series.step > hours(1)) return found;
  const Runs runs = runs_of(series.step);
  Episodes above(series, true, runs, options, found.anomalies);
  Episodes below(series, false, runs, options, found.anomalies);
  std::optional<Judge> judge;
  std::int64_t learnt_day = 0;
  for (std::size_t i = series.bucket_of(from); i < series.bucket_of(to); i++) {
    const Nanoseconds at = series.begin_of(i);
    const std::int64_t day = day_of(at, options.local);
    if (i == series.bucket_of(from) || day != learnt_day) {
      judge = judge_of(series, begin_of_day(day, options.local), runs, options);
      learnt_day = day;
    }
    if (!judge) continue;
    found.judged_from = std::min(found.judged_from, at);
    above.take(i, *judge);
    below.take(i, *judge);
  }
  above.end(false);
  below.end(false);
  std::ranges::sort(found.anomalies, {}, &Anomaly::first);
  return found;
}

}  // namespace vedette
