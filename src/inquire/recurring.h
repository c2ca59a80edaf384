// Which connections of the history come again and again after the same time (analyse/periodicity.h).
#pragma once

#include <string>
#include <vector>

#include "analyse/periodicity.h"
#include "store/store.h"

namespace vedette {

struct PeriodicityRequest {
  std::vector<std::string> by{"src_ip", "dst_ip", "dst_port"};  // of flows: what is one connection again
  Nanoseconds begin{};                                          // since the epoch
  Nanoseconds end{};                                            // does not belong to it
  std::size_t most = 20;                                        // that are listed
  double false_alarm = 0.01;                                    // that any without a period is listed
  LocalOffset local = utc();
};

struct Recurrence {
  std::string name;  // "192.0.2.7, 198.51.100.9, 443"
  Period period;
  QueryBehind query;
};

struct Recurrences {
  std::vector<Recurrence> found;  // the surest first
  std::size_t omitted = 0;        // less sure ones
  std::size_t looked_at = 0;
  std::size_t left_out = 0;  // came too often or there were too many; those that came least were looked at
  Nanoseconds resolution{};  // to which times are known
  std::string says;
};

// Unusable where the request is, its place as of ask().
[[nodiscard]] Result<Recurrences> recurring(Store& store, const PeriodicityRequest& request);

}  // namespace vedette
