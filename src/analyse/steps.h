// When a quantity stepped from one level to another and stayed there: a new service, a lost customer, a
// backup that now runs daily. Pettitt's test ("A non-parametric approach to the change-point problem", 1979)
// over the days' medians on a logarithmic scale, without the days of the week, its probability widened for
// serial correlation; then each side of a step again (binary segmentation); then the bucket, as the place
// that splits the days around it best. What a straight line tells as well is a trend, no step.
#pragma once

#include <string>
#include <vector>

#include "analyse/local_time.h"
#include "analyse/series.h"

namespace vedette {

struct Step {
  Nanoseconds at{};   // where the first bucket of the new level begins
  double ratio = 1;   // of the new level to the old one
  double before = 0;  // median day's level, in the series' unit
  double after = 0;
  double by_chance = 1;  // at most: Pettitt's probability
  std::string says;
};

struct StepsFound {
  std::vector<Step> steps;  // the earliest first
  std::size_t days = 0;     // that were looked at
  bool is_short = false;    // so few of them that no step convinces, however large: fewer than some 20
  QueryBehind query;
};

// `false_alarm`: the probability that a series without a step is said to have one (0 … 1). Buckets of an hour
// or less.
[[nodiscard]] StepsFound steps_in(const Series& series, const LocalOffset& local, double false_alarm = 0.001);

}  // namespace vedette
