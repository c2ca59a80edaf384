#include "analyse/daily_extremes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace vedette {

namespace {

constexpr std::size_t kLeastDays = 8;
constexpr std::size_t kWild = 2;       // most extreme days that may be anything
constexpr std::size_t kLeastTail = 6;  // days
// Two deviations: what lies within them is what is usual.
constexpr double kLeast = 2;

// Of falling values, at least kLeastDays.
double drawn_on(const std::vector<double>& falling, double a_day) {
  const std::size_t tail = std::max(kLeastTail, falling.size() / 3);
  const double end = falling[tail - 1];
  // Of an exponential tail with the scale 1, the i-th largest lies Σ 1/j (j = i … tail − 1) beyond the last.
  double beyond = 0, expected = 0, harmonic = 0;
  for (std::size_t rank = tail - 1; rank > kWild; rank--) {
    harmonic += 1 / static_cast<double>(rank);
    beyond += falling[rank - 1] - end;
    expected += harmonic;
  }
  const double scale = beyond / expected;
  const auto known = static_cast<double>(tail - 1 - kWild);
  const double of_tail = a_day * static_cast<double>(falling.size()) / static_cast<double>(tail);
  return end + scale * known * (std::pow(1 / std::min(1.0, of_tail), 1 / known) - 1);
}

}  // namespace

double rarely_exceeded(std::vector<double> daily_largest, double a_day) {
  if (daily_largest.size() < kLeastDays) return std::numeric_limits<double>::infinity();
  std::ranges::sort(daily_largest, std::greater{});
  const double often = daily_largest[kWild];
  double threshold = drawn_on(daily_largest, a_day);
  // Once more without what is beyond: it takes the ranks of days that are usual, which would count as rarer
  // than they are.
  const auto wild = std::erase_if(daily_largest, [threshold](double value) { return value > threshold; });
  if (wild > 0 && daily_largest.size() >= kLeastDays) threshold = drawn_on(daily_largest, a_day);
  return std::max({kLeast, often, threshold});
}

}  // namespace vedette
