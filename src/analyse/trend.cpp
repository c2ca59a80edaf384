#include "analyse/trend.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analyse/probability.h"
#include "analyse/quantile.h"
#include "analyse/series.h"

namespace vedette {

namespace {

constexpr std::size_t kMostValues = 1'024;  // half a million pairs, some 10 ms
// Below this the rank statistic isn't near a normal one (Kendall, "Rank Correlation Methods", 1975).
constexpr std::size_t kLeastValues = 10;

struct Points {
  std::vector<double> times;  // in steps, rising
  std::vector<double> values;
};

Points measured(const std::vector<double>& values) {
  Points points;
  for (std::size_t i = 0; i < values.size(); i++) {
    if (!std::isfinite(values[i])) continue;
    points.times.push_back(static_cast<double>(i));
    points.values.push_back(values[i]);
  }
  return points;
}

// Medians of so many neighbours that few enough are left.
Points folded(Points points) {
  const std::size_t many = (points.times.size() + kMostValues - 1) / kMostValues;
  if (many <= 1) return points;
  Points fewer;
  for (std::size_t begin = 0; begin < points.times.size(); begin += many) {
    const auto from = static_cast<std::ptrdiff_t>(begin);
    const auto to = static_cast<std::ptrdiff_t>(std::min(begin + many, points.times.size()));
    fewer.times.push_back(median_of({points.times.begin() + from, points.times.begin() + to}));
    fewer.values.push_back(median_of({points.values.begin() + from, points.values.begin() + to}));
  }
  return fewer;
}

// Of all pairs, in no order.
std::vector<double> slopes_of(const Points& points) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < points.times.size(); i++) {
    for (std::size_t j = i + 1; j < points.times.size(); j++)
      slopes.push_back((points.values[j] - points.values[i]) / (points.times[j] - points.times[i]));
  }
  return slopes;
}

// From 1, ties sharing the mean of theirs; and the sum over groups of t ties of t (t − 1) (2t + 5).
std::vector<double> ranks_of(const std::vector<double>& values, double& ties) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&values](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  ties = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) end++;
    for (std::size_t i = begin; i < end; i++) ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
    const auto tied = static_cast<double>(end - begin);
    ties += tied * (tied - 1) * (2 * tied + 5);
    begin = end;
  }
  return ranks;
}

// By which serial correlation widens the variance of Kendall's S: Hamed and Rao's n / n*, of the ranks of
// what is left of the values without their trend. Only what is beyond chance counts, and never narrows it.
// Their sum over all lags is too noisy for a month of days: it ends where the correlation first is within
// chance.
double widening(const Points& points, double slope) {
  std::vector<double> left;
  for (std::size_t i = 0; i < points.times.size(); i++)
    left.push_back(points.values[i] - slope * points.times[i]);
  double ties = 0;
  std::vector<double> ranks = ranks_of(left, ties);
  const auto n = static_cast<double>(ranks.size());
  double square = 0;
  for (double& rank : ranks) {
    rank -= (n + 1) / 2;
    square += rank * rank;
  }
  if (square <= 0) return 1;
  double sum = 0;
  for (std::size_t lag = 1; lag + 3 < ranks.size(); lag++) {
    double product = 0;
    for (std::size_t i = lag; i < ranks.size(); i++) product += ranks[i] * ranks[i - lag];
    // A slope that was fitted to the values biases their correlation by some −(1 + 4ρ) / n (Kendall 1954).
    double correlation = product / square;
    correlation = std::min(0.99, (n * correlation + 1) / (n - 4));
    const auto apart = static_cast<double>(lag);
    if (correlation < 1.0 / std::sqrt(n)) break;
    sum += (n - apart) * (n - apart - 1) * (n - apart - 2) * correlation;
  }
  return std::max(1.0, 1 + 2 * sum / (n * (n - 1) * (n - 2)));
}

double level_at(const Points& points, double slope, double time) {
  std::vector<double> levels;
  for (std::size_t i = 0; i < points.times.size(); i++)
    levels.push_back(points.values[i] + slope * (time - points.times[i]));
  return median_of(std::move(levels));
}

}  // namespace

std::optional<Trend> trend_of(const std::vector<double>& values, double confidence) {
  Points points = measured(values);
  Trend trend;
  trend.values = points.times.size();
  if (trend.values < kLeastValues) return std::nullopt;
  points = folded(std::move(points));
  const std::vector<double> slopes = slopes_of(points);

  const auto n = static_cast<double>(points.times.size());
  double s = 0;
  for (const double slope : slopes) s += slope > 0 ? 1 : slope < 0 ? -1 : 0;
  double ties = 0;
  (void)ranks_of(points.values, ties);
  trend.slope = median_of(slopes);
  const double variance =
      std::max(1.0, (n * (n - 1) * (2 * n + 5) - ties) / 18) * widening(points, trend.slope);
  const double deviation = std::sqrt(variance);
  trend.by_chance = std::min(1.0, 2 * normal_tail(std::max(0.0, std::abs(s) - 1) / deviation));

  // Sen's interval: so many ranks to either side of the median as S may be from 0.
  const double reach = normal_quantile(0.5 + std::clamp(confidence, 0.5, 0.9999) / 2) * deviation;
  const auto pairs = static_cast<double>(slopes.size());
  trend.low = quantile_of(slopes, (pairs - reach) / 2 / pairs);
  trend.high = quantile_of(slopes, (pairs + reach) / 2 / pairs);
  const auto end = static_cast<double>(values.size() - 1);
  trend.level = level_at(points, trend.slope, end);
  trend.low_level = level_at(points, trend.low, end);
  trend.high_level = level_at(points, trend.high, end);
  return trend;
}

}  // namespace vedette
