// What the day of the week does to a quantity: how far a day usually lies from the mean of the seven days
// around it (the classical decomposition by a moving average: Macaulay, "The Smoothing of Time Series",
// 1931). A trend or a step moves both alike, so that what is left when it is taken out is these alone.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace vedette {

struct WeekdayEffect {
  double usual = 0;  // how far from the mean of the week around it
  double error = 0;  // standard error of that
};

// By weekday, Monday first; 0 where it was never measured in a whole week. `first_day`: of `values`, which
// are one a day, NaN where nothing was measured; since 1970-01-01.
[[nodiscard]] std::array<WeekdayEffect, 7> weekday_effects(const std::vector<double>& values,
                                                           std::int64_t first_day);

// What the busiest weekday adds: the mean of those that can't be told from the largest by their errors. The
// largest alone would be one whose chance was the best.
[[nodiscard]] double busiest_of(const std::array<WeekdayEffect, 7>& effects);

}  // namespace vedette
