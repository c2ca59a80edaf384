// What there is within a span of the history and was not in the days before (analyse/newcomers.h).
#pragma once

#include <string>
#include <vector>

#include "analyse/newcomers.h"
#include "store/store.h"

namespace vedette {

struct NewcomersRequest {
  std::string from = "flows";  // or "findings", "interfaces"
  std::vector<std::string> by{"dst_port", "protocol"};
  std::string what;               // one of them, as a sentence calls it; empty: by its dimensions
  std::string measure = "bytes";  // that adds up: the largest newcomers come first by it
  Nanoseconds begin{};            // of the span, since the epoch
  Nanoseconds end{};              // does not belong to it
  std::uint32_t days = 28;        // before it, in UTC
  std::size_t most = 20;          // that are listed
  LocalOffset local = utc();
};

// Unusable where the request is, its place as of ask().
[[nodiscard]] Result<Newcomers> appeared(Store& store, const NewcomersRequest& request);

}  // namespace vedette
