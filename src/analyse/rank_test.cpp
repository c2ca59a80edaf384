#include "analyse/rank_test.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analyse/probability.h"

namespace vedette {

double larger_by_chance(const std::vector<double>& left, const std::vector<double>& right) {
  constexpr std::size_t kLeast = 4;
  if (left.size() < kLeast || right.size() < kLeast) return 1;
  std::vector<std::pair<double, bool>> all;
  for (const double value : left) all.emplace_back(value, false);
  for (const double value : right) all.emplace_back(value, true);
  std::ranges::sort(all);
  double ranks = 0;  // of the right ones
  double ties = 0;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin, rights = 0;
    for (; end < all.size() && all[end].first == all[begin].first; end++) rights += all[end].second ? 1 : 0;
    ranks += static_cast<double>(rights) * static_cast<double>(begin + end + 1) / 2;
    const auto tied = static_cast<double>(end - begin);
    ties += tied * (tied * tied - 1);
    begin = end;
  }
  const auto a = static_cast<double>(left.size()), b = static_cast<double>(right.size());
  const double u = ranks - b * (b + 1) / 2;
  const double n = a + b;
  const double variance = a * b / 12 * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return 1;
  return normal_tail((u - a * b / 2 - 0.5) / std::sqrt(variance));
}

}  // namespace vedette
