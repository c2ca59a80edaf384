#include "analyse/quantile.h"

#include <algorithm>
#include <cmath>

namespace vedette {

double quantile_of(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  const double rank = std::clamp(part, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), values.begin() + low, values.end());
  const double below = values[static_cast<std::size_t>(low)];
  const double rest = rank - static_cast<double>(low);
  if (rest == 0) return below;
  return below + rest * (*std::min_element(values.begin() + low + 1, values.end()) - below);
}

double median_of(std::vector<double> values) {
  return quantile_of(std::move(values), 0.5);
}

double deviation_of(std::vector<double> values, double middle) {
  for (double& value : values) value = std::abs(value - middle);
  return 1.4826 * median_of(std::move(values));
}

}  // namespace vedette
