#include "analyse/probability.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace vedette {

namespace {

template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
  double sum = 0;
  for (const double coefficient : coefficients) sum = sum * x + coefficient;
  return sum;
}

// Acklam's coefficients, for the middle and for the tails.
constexpr std::array kMiddleOver{-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                                 1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
constexpr std::array kMiddleUnder{-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                                  6.680131188771972e+01,  -1.328068155288572e+01, 1.0};
constexpr std::array kTailOver{-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                               -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
constexpr std::array kTailUnder{7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                                3.754408661907416e+00, 1.0};
constexpr double kTail = 0.02425;

double near_quantile(double part) {
  if (part > 1 - kTail) return -near_quantile(1 - part);
  if (part < kTail) {
    const double q = std::sqrt(-2 * std::log(part));
    return polynomial(kTailOver, q) / polynomial(kTailUnder, q);
  }
  const double q = part - 0.5;
  return q * polynomial(kMiddleOver, q * q) / polynomial(kMiddleUnder, q * q);
}

}  // namespace

double normal_tail(double deviations) {
  return 0.5 * std::erfc(deviations / std::numbers::sqrt2);
}

double normal_quantile(double part) {
  const double x = near_quantile(std::clamp(part, 1e-300, 1 - 1e-16));
  const double error = normal_tail(-x) - part;
  const double step = error * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  return x - step / (1 + x * step / 2);
}

double log_poisson_tail(double seen, double expected) {
  if (seen <= expected) return 0;
  return seen - expected - seen * std::log(seen / expected);
}

double log_binomial_tail(double seen, double expected, double count) {
  if (seen <= expected || expected <= 0) return 0;
  const double hits = seen * std::log(seen / expected);
  const double misses = seen < 1 ? (1 - seen) * std::log((1 - seen) / (1 - expected)) : 0;
  return -count * (hits + misses);
}

}  // namespace vedette
