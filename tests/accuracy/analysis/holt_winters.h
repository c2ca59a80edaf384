// The rival of the baseline by medians: Holt and Winters' exponential smoothing (Winters 1960), additive on a
// logarithmic scale with the season of a week, its deviations smoothed by season as well (Brutlag, "Aberrant
// behavior detection in time series for network monitoring", LISA 2000), its parameters Brutlag's.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "analyse/quantile.h"
#include "analyse/series.h"

namespace vedette {

// Of each bucket how many smoothed deviations it lies from what was forecast a bucket before. NaN in the
// first two weeks, which it begins by, and where nothing was measured.
inline std::vector<double> holt_winters_deviations(const Series& series) {
  const auto season = static_cast<std::size_t>(std::chrono::days(7) / series.step);
  const double an_hour = std::chrono::duration<double>(series.step) / std::chrono::hours(1);
  // A smoothing that forgets half in a day; the trend's in two weeks; the season's in two of its rounds.
  const double alpha = 1 - std::pow(0.5, an_hour / 24);
  const double beta = 1 - std::pow(0.5, an_hour / (24 * 14));
  const double gamma = 1 - std::pow(0.5, 0.5);
  std::vector<double> positive;
  for (std::size_t i = 0; i < series.values.size(); i++)
    if (series.is_measured(i) && series.values[i] > 0) positive.push_back(series.values[i]);
  const double least = 0.01 * median_of(positive);
  std::vector<double> scaled;
  for (std::size_t i = 0; i < series.values.size(); i++)
    scaled.push_back(series.is_measured(i) ? std::log(series.values[i] + least) : Series::kNotMeasured);

  std::vector<double> first(scaled.begin(), scaled.begin() + static_cast<std::ptrdiff_t>(season));
  double level = median_of(first), slope = 0;
  std::vector<double> seasonal, spread(season, 0.2), deviations(scaled.size(), Series::kNotMeasured);
  for (const double value : first) seasonal.push_back(value - level);
  for (std::size_t i = season; i < scaled.size(); i++) {
    const std::size_t place = i % season;
    const double forecast = level + slope + seasonal[place];
    if (!std::isfinite(scaled[i])) {
      level += slope;
      continue;
    }
    const double away = scaled[i] - forecast;
    if (i >= 2 * season) deviations[i] = away / std::max(0.01, spread[place]);
    const double before = level;
    level = alpha * (scaled[i] - seasonal[place]) + (1 - alpha) * (level + slope);
    slope = beta * (level - before) + (1 - beta) * slope;
    seasonal[place] = gamma * (scaled[i] - level) + (1 - gamma) * seasonal[place];
    // Of normal noise the deviation is 1.2533 times the mean of what lies away.
    spread[place] = gamma * 1.2533 * std::abs(away) + (1 - gamma) * spread[place];
  }
  return deviations;
}

}  // namespace vedette
