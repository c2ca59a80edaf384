// What changed most between two spans of the history (analyse/movers.h).
#pragma once

#include <string>
#include <vector>

#include "analyse/movers.h"
#include "store/store.h"

namespace vedette {

struct MoversRequest {
  std::string from = "flows";  // or "findings", "interfaces"
  std::vector<std::string> by{"src_ip"};
  std::string measure = "bytes";  // that adds up
  Nanoseconds begin{};            // of the later span, since the epoch
  Nanoseconds end{};              // does not belong to it
  Nanoseconds ago{};              // the earlier span, which is as long, lies so much before; at least as long
  std::size_t most = 10;          // that are listed
};

// Unusable where the request is, its place as of ask(); busy where a span has more values than can be
// compared (100,000).
[[nodiscard]] Result<Movers> moved(Store& store, const MoversRequest& request);

}  // namespace vedette
