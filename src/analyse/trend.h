// Whether a quantity grows or shrinks, and how fast: the median of the slopes between all pairs of its values
// (Theil 1950; Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 1968), which up to
// 29 % of wild values don't move, with Sen's confidence interval and the Mann–Kendall test. Both suppose
// independent values, which traffic's aren't: their variance is widened for serial correlation (Hamed and
// Rao, "A modified Mann–Kendall trend test for autocorrelated data", 1998).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace vedette {

struct Trend {
  double slope = 0;  // a step, from one value to the next
  double low = 0;    // of the slope's confidence interval
  double high = 0;
  double by_chance = 1;  // probability of a tendency as strong where there is none (two-sided)
  double level = 0;      // of the line through the values at the last of them
  double low_level = 0;  // of the lines with the slopes `low` and `high` there: they meet in the middle
  double high_level = 0;
  std::size_t values = 0;  // that were measured

  // Whether chance alone gives it too seldom for the confidence that was asked for: the interval excludes 0.
  [[nodiscard]] bool is_certain() const { return low > 0 || high < 0; }
};

// Of values in equal steps; what is NaN was not measured. Seasons are to be taken out before. Nothing of
// fewer than ten measured values. O(n²) up to 1,024 values; longer series are folded into so many medians of
// neighbours. `confidence`: of the interval, 0.5 … 0.9999.
[[nodiscard]] std::optional<Trend> trend_of(const std::vector<double>& values, double confidence = 0.95);

}  // namespace vedette
