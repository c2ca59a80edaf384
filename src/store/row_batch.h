// Rows that wait to be written, and their way into an attached file's tables.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "detect/finding.h"
#include "store/duckdb_database.h"
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

// Puts rows behind those of the schema's tables, within the connection's transaction. IPv4 goes before
// IPv6: packed side by side, its addresses would take as many bits.
[[nodiscard]] Result<void> append_rows(DuckdbConnection& connection, const std::string& schema,
                                       const RowBatch& batch);

}  // namespace vedette
