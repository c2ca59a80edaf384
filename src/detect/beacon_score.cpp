#include "detect/beacon_score.h"

#include <algorithm>
#include <cmath>

namespace vedette {

namespace {

constexpr std::size_t kMostBins = 24;  // RITA's, one an hour of its day

// By linear interpolation between the nearest ranks; `sorted` isn't empty.
double quantile(const std::vector<double>& sorted, double part) {
  const double rank = part * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(rank);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (rank - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

double median_of(std::vector<double> numbers) {
  std::ranges::sort(numbers);
  return numbers.empty() ? 0 : quantile(numbers, 0.5);
}

}  // namespace

double dispersion_score(std::vector<double> numbers) {
  if (numbers.size() < 3) return 0;
  std::ranges::sort(numbers);
  const double low = quantile(numbers, 0.25), middle = quantile(numbers, 0.5), high = quantile(numbers, 0.75);
  // As RITA has it: without a skewness where the quartiles leave no room for one.
  const bool flat = high == low || middle == low || middle == high;
  const double skew = flat ? 0 : (low + high - 2 * middle) / (high - low);
  std::vector<double> deviations;
  deviations.reserve(numbers.size());
  for (const double number : numbers) deviations.push_back(std::abs(number - middle));
  const double spread = median_of(std::move(deviations));
  const double closeness = middle > 0 ? std::max(0.0, (middle - spread) / middle) : (spread == 0 ? 1.0 : 0.0);
  return (1 - std::abs(skew) + closeness) / 2;
}

double histogram_score(std::span<const std::int64_t> times, std::size_t bins) {
  if (times.size() < 2 || bins == 0 || times.back() <= times.front()) return 0;
  std::vector<double> counts(bins);
  const auto span = static_cast<double>(times.back() - times.front());
  for (const std::int64_t time : times) {
    const auto bin = static_cast<std::size_t>(static_cast<double>(time - times.front()) / span *
                                              static_cast<double>(bins));
    counts[std::min(bin, bins - 1)]++;
  }
  const double mean = static_cast<double>(times.size()) / static_cast<double>(bins);
  double squares = 0;
  for (const double count : counts) squares += (count - mean) * (count - mean);
  const double variation = std::sqrt(squares / static_cast<double>(bins)) / mean;
  return std::max(0.0, 1 - variation);
}

BeaconScore beacon_score(std::span<const std::int64_t> times, std::span<const double> sizes) {
  std::vector<double> intervals;
  intervals.reserve(times.size());
  for (std::size_t i = 1; i < times.size(); i++)
    intervals.push_back(static_cast<double>(times[i] - times[i - 1]));
  BeaconScore score;
  score.median_interval = median_of(intervals);
  score.timing = dispersion_score(std::move(intervals));
  std::vector<double> all_sizes(sizes.begin(), sizes.end());
  score.median_size = median_of(all_sizes);
  score.size = sizes.size() < 3 ? score.timing : dispersion_score(std::move(all_sizes));
  // Four beginnings a part, so that a regular series' parts differ little.
  score.histogram = histogram_score(times, std::clamp<std::size_t>(times.size() / 4, 1, kMostBins));
  return score;
}

}  // namespace vedette
