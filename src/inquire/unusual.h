// When quantities of the history were not what they usually are at that hour of the week
// (analyse/anomalies.h).
#pragma once

#include <string>
#include <vector>

#include "analyse/anomalies.h"
#include "inquire/series_of_history.h"

namespace vedette {

struct AnomaliesRequest {
  SeriesRequest series;     // but for its begin and end; steps of an hour at most
  Nanoseconds begin{};      // of what is judged, since the epoch
  Nanoseconds end{};        // does not belong to it
  AnomalyOptions options;   // how many weeks are learnt from
  std::size_t most = 1000;  // that are told, the latest
};

struct Unusual {
  std::vector<Anomaly> anomalies;  // the earliest first
  std::size_t left_out = 0;        // earlier ones
  std::size_t series = 0;          // that were looked at
  Nanoseconds judged_from{};       // later than asked for where the history is too short; the end: nowhere
  Nanoseconds judged_to{};
  std::string says;
};

// Unusable where the request is, its place as of ask().
[[nodiscard]] Result<Unusual> unusual(Store& store, const AnomaliesRequest& request);

}  // namespace vedette
