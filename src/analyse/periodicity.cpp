#include "analyse/periodicity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "analyse/probability.h"
#include "analyse/quantile.h"
#include "base/human_text.h"

namespace vedette {

namespace {

using std::chrono::hours;

constexpr std::size_t kLeastTimes = 8;
constexpr std::size_t kMostTimes = 20'000;
constexpr double kLeastPeriods = 4;
// Lags in bins. Shorter than eight, a bin is too coarse for a neighbourhood; longer than 255 the next width
// has them. Neighbours are looked at from a quarter of the lag to three quarters beyond it.
constexpr std::size_t kShortestLag = 8;
constexpr std::size_t kLongestLag = 255;
constexpr std::size_t kFarthest = kLongestLag * 7 / 4 + 1;
// What belongs to a lag to either side, as a part of it: of jitter up to a third a quarter holds most.
constexpr double kReaches[] = {0, 1.0 / 16, 1.0 / 8, 1.0 / 4};
// A third of the visits are followed by one a period later, or it isn't what the thing does.
constexpr double kLeastFollowed = 1.0 / 3;
// Of the strongest lag, where a shorter one is as good: multiples of a period are as strong.
constexpr double kAsGood = 0.7;
// Lags that the autocorrelation proposes, the surest first; many of them are neighbours.
constexpr std::size_t kMostProposed = 256;
// Above this the shape of people's days counts, which has no finer one.
constexpr Nanoseconds kShape = hours(1);
// Beyond this only days and weeks are looked for: any other period takes weeks to tell from people's days.
constexpr Nanoseconds kLongest = hours(12);
constexpr Nanoseconds kDay = hours(24);
constexpr double kNearDay = 0.04;  // an hour of daylight saving
// Of the day: times on it that lie within so much of each other are one time.
constexpr double kOneTime = 1.0 / 24;

struct Candidate {
  Nanoseconds width{};  // of a bin
  std::size_t lag = 0;  // in bins
  std::size_t reach = 0;
  double log_chance = 0;  // of as many pairs; then of as many visits
  double by_day = 0;      // part of the times that people's days alone let follow
  double followed = 0;    // part of the visits, beyond what neighbours explain

  [[nodiscard]] Nanoseconds period() const { return width * static_cast<std::int64_t>(lag); }
  [[nodiscard]] Nanoseconds off() const { return width * static_cast<std::int64_t>(reach) + width / 2; }
};

// Bins in which something was seen, rising, each once.
std::vector<std::int64_t> bins_of(std::span<const Nanoseconds> times, Nanoseconds width) {
  std::vector<std::int64_t> bins;
  for (const Nanoseconds time : times) {
    const std::int64_t bin = time / width;
    if (bins.empty() || bins.back() != bin) bins.push_back(bin);
  }
  return bins;
}

// How many pairs of bins lie so many bins apart.
std::vector<double> pairs_by_lag(const std::vector<std::int64_t>& bins) {
  std::vector<double> pairs(kFarthest + 1);
  for (std::size_t i = 0; i < bins.size(); i++) {
    for (std::size_t j = i + 1; j < bins.size(); j++) {
      const auto apart = static_cast<std::size_t>(bins[j] - bins[i]);
      if (apart > kFarthest) break;
      pairs[apart]++;
    }
  }
  return pairs;
}

// What the neighbours of a lag say of `2 reach + 1` lags around it. None where there are none.
std::optional<double> from_neighbours(const std::vector<double>& pairs, std::size_t lag, std::size_t reach) {
  double sum = 0, count = 0;
  for (std::size_t at = std::max<std::size_t>(1, lag / 4); at <= std::min(lag * 7 / 4, kFarthest); at++) {
    const std::size_t apart = at < lag ? lag - at : at - lag;
    if (apart <= reach + reach / 2 + 1) continue;
    sum += pairs[at];
    count++;
  }
  if (count == 0) return std::nullopt;
  return sum / count * static_cast<double>(2 * reach + 1);
}

// Pairs that the daily profile alone gives at each lag: the product of how often each time of day is busy
// and how often the one a lag later is, over the days.
class DailyProfile {
 public:
  DailyProfile(const std::vector<std::int64_t>& bins, Nanoseconds width, const LocalOffset& local)
      : busy_(static_cast<std::size_t>(std::max<std::int64_t>(1, kDay / width))) {
    std::vector<double> raw(busy_.size());
    for (const std::int64_t bin : bins) {
      const Nanoseconds at = width * bin;
      const Nanoseconds of_day = at + local(at) - std::chrono::days(day_of(at, local));
      raw[std::min(static_cast<std::size_t>(of_day / width), raw.size() - 1)]++;
    }
    days_ = std::max(1.0, static_cast<double>((bins.back() - bins.front() + 1) * width.count()) /
                              static_cast<double>(kDay.count()));
    // Over two hours: what is finer than that isn't people's.
    const auto half = std::max<std::size_t>(1, busy_.size() / 24);
    for (std::size_t i = 0; i < busy_.size(); i++) {
      for (std::size_t by = 0; by <= 2 * half; by++)
        busy_[i] += raw[(i + by + busy_.size() - half) % busy_.size()];
      busy_[i] /= static_cast<double>(2 * half + 1) * days_;
    }
  }

  [[nodiscard]] double pairs(std::size_t lag) const {
    double sum = 0;
    for (std::size_t i = 0; i < busy_.size(); i++) sum += busy_[i] * busy_[(i + lag) % busy_.size()];
    return sum * days_;
  }

 private:
  std::vector<double> busy_;
  double days_ = 1;
};

bool is_daily(Nanoseconds period) {
  for (const std::int64_t days : {1, 7}) {
    const double ratio = static_cast<double>(period.count()) / static_cast<double>((kDay * days).count());
    if (std::abs(ratio - 1) <= kNearDay) return true;
  }
  return false;
}

// Appends the lags that have more pairs than their neighbours, at one width.
void propose(const std::vector<std::int64_t>& bins, Nanoseconds width, double log_limit,
             const LocalOffset& local, std::vector<Candidate>& proposed) {
  const std::vector<double> pairs = pairs_by_lag(bins);
  const auto n = static_cast<double>(bins.size());
  const std::int64_t span = bins.back() - bins.front();
  std::optional<DailyProfile> profile;
  for (std::size_t lag = kShortestLag; lag <= kLongestLag; lag++) {
    if (static_cast<double>(span) < kLeastPeriods * static_cast<double>(lag)) break;
    const Nanoseconds period = width * static_cast<std::int64_t>(lag);
    if (period > kLongest && !is_daily(period)) continue;
    std::size_t last_reach = lag;
    for (const double part : kReaches) {
      const auto reach = static_cast<std::size_t>(part * static_cast<double>(lag));
      if (std::exchange(last_reach, reach) == reach) continue;
      const auto expected = from_neighbours(pairs, lag, reach);
      if (!expected) continue;
      double seen = 0, by_day = 0;
      for (std::size_t at = lag - reach; at <= lag + reach; at++) seen += pairs[at];
      const double log_chance = log_poisson_tail(seen, std::max(*expected, 0.5));
      if (log_chance > log_limit) continue;
      if (period > kShape && !is_daily(period)) {
        if (!profile) profile.emplace(bins, width, local);
        for (std::size_t at = lag - reach; at <= lag + reach; at++) by_day += profile->pairs(at);
      }
      proposed.push_back({width, lag, reach, log_chance, by_day / n, 0});
    }
  }
}

// Part of the visits that another one follows after `lag`, as much off as `off`. Times within half a period
// are one visit, of which any may be the one that is followed: pairs within a burst would count by its
// square.
double followed_part(std::span<const Nanoseconds> times, Nanoseconds period, Nanoseconds lag, Nanoseconds off,
                     std::size_t& visits) {
  std::size_t followed = 0, later = 0;
  visits = 0;
  Nanoseconds visit{};
  bool is_followed = false;
  for (std::size_t i = 0; i < times.size(); i++) {
    if (i == 0 || times[i] - visit >= period / 2) {
      // Nothing can follow the last ones.
      if (times[i] + lag + off > times.back()) break;
      visit = times[i];
      visits++;
      is_followed = false;
    }
    if (is_followed) continue;
    while (later < times.size() && times[later] < times[i] + lag - off) later++;
    if (later < times.size() && times[later] <= times[i] + lag + off) {
      is_followed = true;
      followed++;
    }
  }
  return visits == 0 ? 0 : static_cast<double>(followed) / static_cast<double>(visits);
}

// What the visits say of a proposed lag, held against what they do at lags beside it.
void judge(std::span<const Nanoseconds> times, Candidate& candidate) {
  const Nanoseconds period = candidate.period(), off = candidate.off();
  std::vector<Nanoseconds> beside{period / 2, period + period / 2};
  if (off * 8 <= period) {
    beside.push_back(period - 3 * off);
    beside.push_back(period + 3 * off);
  }
  std::size_t visits = 0, ignored = 0;
  const double part = followed_part(times, period, period, off, visits);
  double usual = std::max(candidate.by_day, 0.5 / static_cast<double>(std::max<std::size_t>(1, visits)));
  for (const Nanoseconds lag : beside)
    usual = std::max(usual, followed_part(times, period, lag, off, ignored));
  candidate.followed = part - usual;
  candidate.log_chance = log_binomial_tail(part, usual, static_cast<double>(visits));
}

// Directions on the clock's face: the mean of times of day, and how much they agree (Mardia, "Statistics of
// Directional Data", 1972).
class OnTheClock {
 public:
  void add(Nanoseconds time, const LocalOffset& local) {
    const Nanoseconds wall = time + local(time);
    const double turn = static_cast<double>(wall.count() % kDay.count()) / static_cast<double>(kDay.count());
    add_turn(turn * 2 * std::numbers::pi);
  }
  void add_turn(double angle) {
    x_ += std::cos(angle);
    y_ += std::sin(angle);
    count_++;
  }

  [[nodiscard]] double angle() const { return std::atan2(y_, x_); }
  // 0 spread over the day, 1 all at one time.
  [[nodiscard]] double agreement() const {
    return count_ == 0 ? 0 : std::min(1.0, std::hypot(x_, y_) / count_);
  }
  // The part of the day that four circular deviations span, which hold all but a few.
  [[nodiscard]] double spread() const {
    if (agreement() <= 0) return 1;
    return std::min(1.0, 4 * std::sqrt(-2 * std::log(agreement())) / (2 * std::numbers::pi));
  }
  // Rayleigh's test: the logarithm of the probability of as much agreement by chance.
  [[nodiscard]] double log_chance() const { return -count_ * agreement() * agreement(); }

 private:
  double x_ = 0, y_ = 0, count_ = 0;
};

// Where each day is about at the same time: one vote a day, so that no day's burst counts for many.
std::optional<Period> daily(std::span<const Nanoseconds> times, const PeriodicityOptions& options) {
  OnTheClock all, days;
  OnTheClock of_day;
  std::int64_t day = day_of(times.front(), options.local);
  for (const Nanoseconds time : times) {
    if (day_of(time, options.local) != day) {
      days.add_turn(of_day.angle());
      of_day = {};
      day = day_of(time, options.local);
    }
    of_day.add(time, options.local);
    all.add(time, options.local);
  }
  days.add_turn(of_day.angle());
  if (days.log_chance() > std::log(std::clamp(options.false_alarm, 1e-12, 0.5))) return std::nullopt;
  Period period;
  period.kind = all.spread() <= kOneTime ? PeriodKind::kDailyTimer : PeriodKind::kDailyRhythm;
  period.period = kDay;
  period.jitter = all.spread() / 4;
  period.followed = days.agreement();
  period.by_chance = std::exp(days.log_chance());
  return period;
}

// The intervals that belong to the candidate: of each time, to the one that follows it closest to a period
// later.
std::vector<double> intervals_of(std::span<const Nanoseconds> times, const Candidate& candidate) {
  const Nanoseconds period = candidate.period();
  const Nanoseconds off = candidate.off();
  std::vector<double> intervals;
  for (std::size_t i = 0; i < times.size(); i++) {
    const auto later = std::ranges::lower_bound(times.subspan(i), times[i] + period);
    Nanoseconds best = Nanoseconds::max();
    if (later != times.end()) best = *later - times[i];
    if (later != times.begin()) {
      const Nanoseconds before = *std::prev(later) - times[i];
      if (best == Nanoseconds::max() || period - before < best - period) best = before;
    }
    if (best - period <= off && period - best <= off) intervals.push_back(static_cast<double>(best.count()));
  }
  return intervals;
}

std::string says_of(const Period& period, const std::string& what) {
  const std::string chance =
      period.by_chance < 1e-12 ? "no chance" : fmt::format("chance below {:.0e}", period.by_chance);
  switch (period.kind) {
    case PeriodKind::kDailyRhythm:
      return fmt::format("{} follows day and night, seen {} times: no beacon", what, period.times);
    case PeriodKind::kDailyTimer:
      return fmt::format("{} comes every {} at the same time of day, seen {} times ({}): a job on a timer?",
                         what, duration_text(period.period), period.times, chance);
    case PeriodKind::kBeacon:
      break;
  }
  return fmt::format(
      "{} comes every {} with {:.0f} % jitter, seen {} times, {:.0f} % of them followed by one a period "
      "later "
      "beyond what else it does ({})",
      what, duration_text(period.period), period.jitter * 100, period.times, period.followed * 100, chance);
}

// The times seen, as the autocorrelation and then the visits tell it.
std::optional<Period> recurring(std::span<const Nanoseconds> times, Nanoseconds finest,
                                const PeriodicityOptions& options) {
  const Nanoseconds span = times.back() - times.front();
  std::vector<Nanoseconds> widths;
  for (Nanoseconds width = finest; width * static_cast<std::int64_t>(kShortestLag) * 4 <= span; width *= 2)
    widths.push_back(width);
  const double looked_at = static_cast<double>(std::max<std::size_t>(1, widths.size()) *
                                               (kLongestLag - kShortestLag + 1) * std::size(kReaches));
  const double log_limit = std::log(std::clamp(options.false_alarm, 1e-12, 0.5) / looked_at);
  std::vector<Candidate> found;
  for (const Nanoseconds width : widths) {
    const std::vector<std::int64_t> bins = bins_of(times, width);
    if (bins.size() < kLeastTimes) break;
    propose(bins, width, log_limit, options.local, found);
  }
  std::ranges::sort(found, {}, &Candidate::log_chance);
  if (found.size() > kMostProposed) found.resize(kMostProposed);
  for (Candidate& one : found) judge(times, one);
  std::erase_if(found, [log_limit](const Candidate& one) {
    return one.log_chance > log_limit || one.followed < kLeastFollowed;
  });
  if (found.empty()) return std::nullopt;

  const double strongest = std::ranges::max(found, {}, &Candidate::followed).followed;
  // The shortest of the strong ones; of its width and neighbours the surest.
  Nanoseconds shortest = Nanoseconds::max();
  for (const Candidate& one : found)
    if (one.followed >= kAsGood * strongest) shortest = std::min(shortest, one.period());
  const Candidate* best = nullptr;
  for (const Candidate& one : found) {
    if (one.followed < kAsGood * strongest || one.period() > shortest + shortest / 2) continue;
    if (best == nullptr || one.log_chance < best->log_chance) best = &one;
  }

  Period period;
  const std::vector<double> intervals = intervals_of(times, *best);
  const double middle =
      intervals.empty() ? static_cast<double>(best->period().count()) : median_of(intervals);
  period.period = Nanoseconds(std::llround(middle));
  period.jitter = middle > 0 ? deviation_of(intervals, middle) / middle : 0;
  period.followed = best->followed;
  period.by_chance = std::min(1.0, std::exp(best->log_chance) * looked_at);
  if (is_daily(best->period())) {
    OnTheClock clock;
    for (const Nanoseconds time : times) clock.add(time, options.local);
    period.kind = clock.spread() <= kOneTime ? PeriodKind::kDailyTimer : PeriodKind::kDailyRhythm;
  }
  return period;
}

}  // namespace

std::optional<Period> period_of(std::span<const Nanoseconds> all_times, const std::string& what,
                                const PeriodicityOptions& options) {
  const std::span<const Nanoseconds> times =
      all_times.size() > kMostTimes ? all_times.last(kMostTimes) : all_times;
  if (times.size() < kLeastTimes) return std::nullopt;
  const Nanoseconds finest = std::max<Nanoseconds>(options.resolution, std::chrono::milliseconds(1));
  auto period = recurring(times, finest, options);
  if (!period) period = daily(times, options);
  if (!period) return std::nullopt;
  period->times = bins_of(times, finest).size();
  period->first = times.front();
  period->last = times.back();
  period->says = says_of(*period, what);
  return period;
}

}  // namespace vedette
