// Flows by what they speak: how many there were, and what they carried.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "flow/flow.h"

namespace vedette {

struct ApplicationCounts {
  std::string_view app, app_version;  // valid to the process' end; empty where not known
  std::string_view outdated_reason;   // empty where it isn't outdated
  std::uint64_t flows = 0;
  std::uint64_t packets = 0;  // both directions
  std::uint64_t bytes = 0;
};

// One thread.
class ApplicationTotals {
 public:
  void add(const Flow& flow);

  // Of those that were added, in no order; what flows of unknown applications carried has no name.
  [[nodiscard]] std::vector<ApplicationCounts> all() const;

 private:
  struct Sum {
    std::uint64_t flows = 0, packets = 0, bytes = 0;
  };
  std::vector<Sum> sums_;  // by the number of what they speak
};

}  // namespace vedette
