// What a flow grew by from one report to the next: the flow table tells totals, whose sum over a flow's
// reports would count its begin again and again.
#pragma once

#include <array>
#include <cstddef>
#include <unordered_map>

#include "flow/flow.h"

namespace vedette {

// Remembers flows that were reported and haven't ended: those that are older than a report's time. One
// thread.
class FlowReports {
 public:
  struct Growth {
    std::array<FlowCounts, 2> since{};  // by FlowSide
    Nanoseconds from{};                 // the last report's last packet, or the flow's first
  };

  // Each flow that the table tells, all of them and in that order.
  [[nodiscard]] Growth take(const FlowView& view);

  [[nodiscard]] std::size_t size() const { return reported_.size(); }

 private:
  struct Reported {
    std::array<FlowCounts, 2> sent{};
    Nanoseconds last{};
    vdt_address src{};  // the table may learn later who began
    std::uint16_t src_port = 0;
  };

  std::unordered_map<const Flow*, Reported> reported_;  // the table's flows never move while they live
};

}  // namespace vedette
