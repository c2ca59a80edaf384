// Quantities of the history in equal steps of time, as analyses take them: 0 where the sensor was there and
// saw nothing, not measured where it wasn't.
#pragma once

#include <string>
#include <vector>

#include "analyse/series.h"
#include "store/store.h"

namespace vedette {

struct SeriesRequest {
  std::string from = "interfaces";  // or "flows", "findings"
  std::vector<std::string> by{"interface", "direction"};
  std::string measure = "bytes";  // that adds up
  std::string interface;          // what was seen there alone; empty: everywhere
  Nanoseconds begin{};            // since the epoch; both are moved to where steps begin
  Nanoseconds end{};              // does not belong to it
  Nanoseconds step = std::chrono::hours(1);
  // The sensor runs since then: a later step without any row was one without traffic. Else the history tells
  // by what else it has of that step.
  Nanoseconds awake_since = Nanoseconds::max();
  std::size_t most = 20;  // series, the largest
};

// One series a value of the dimensions; those that lack one of these facts are left out. Unusable where the
// request is, its place as of ask().
[[nodiscard]] Result<std::vector<Series>> series_of_history(Store& store, const SeriesRequest& request);

}  // namespace vedette
