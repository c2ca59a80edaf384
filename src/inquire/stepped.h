// When quantities of the history went from one level to another and stayed there (analyse/steps.h).
#pragma once

#include <string>
#include <vector>

#include "analyse/steps.h"
#include "inquire/series_of_history.h"

namespace vedette {

struct StepsRequest {
  SeriesRequest series;  // but for its begin and end; steps of an hour at most
  Nanoseconds begin{};   // of what is looked through, since the epoch
  Nanoseconds end{};     // does not belong to it
  LocalOffset local = utc();
  std::size_t most = 1000;  // that are told, the latest
};

// A step, and of what.
struct SteppedSeries {
  std::string series;
  Unit unit = Unit::kCount;
  Nanoseconds bucket{};  // that its levels are amounts of
  Step step;
  QueryBehind query;
};

struct Stepped {
  std::vector<SteppedSeries> steps;  // the earliest first
  std::size_t left_out = 0;          // earlier ones
  std::size_t series = 0;            // that were looked at
  std::size_t days = 0;              // of the longest of them
  bool is_short = false;             // so few days that no step convinces, however large
  std::string says;
};

// Unusable where the request is, its place as of ask().
[[nodiscard]] Result<Stepped> stepped(Store& store, const StepsRequest& request);

}  // namespace vedette
