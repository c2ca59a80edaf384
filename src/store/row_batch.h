// Rows that wait to be written.
#pragma once

#include <cstddef>
#include <vector>

#include "detect/finding.h"
#include "store/row.h"

namespace vedette {

// A finding as it was when it was put.
struct FindingRow {
  Finding finding;
  Nanoseconds told{};  // since the epoch: of two of one finding the later one is true
};

struct RowBatch {
  std::vector<FlowRow> flows;
  std::vector<InterfaceRow> interfaces;
  std::vector<FindingRow> findings;

  [[nodiscard]] std::size_t size() const { return flows.size() + interfaces.size() + findings.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }
};

}  // namespace vedette
