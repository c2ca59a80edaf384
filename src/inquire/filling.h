// When the links of the history's interfaces are full (analyse/forecast.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analyse/forecast.h"
#include "store/store.h"

namespace vedette {

struct ForecastRequest {
  Nanoseconds begin{};    // of what is drawn on, since the epoch
  Nanoseconds end{};      // does not belong to it
  std::string interface;  // this one alone; empty: all
  // Of an interface's link, in bit/s; 0 where that isn't known.
  std::function<double(const std::string& interface)> capacity;
  double confidence = 0.95;  // of the interval, 0.5 … 0.9999
  LocalOffset local = utc();
  Nanoseconds awake_since = Nanoseconds::max();  // as in SeriesRequest
};

struct Fillings {
  std::vector<Forecast> links;       // a direction each; the first to be full first
  std::vector<std::string> unknown;  // directions whose link's capacity isn't known
  std::string says;
};

[[nodiscard]] Result<Fillings> fillings(Store& store, const ForecastRequest& request);

}  // namespace vedette
