// Stored flows out of the embedded engine's files.
#pragma once

#include "store/duckdb_files.h"
#include "store/flow_search.h"

namespace vedette {

// As Store::find_flows(). One thread at a time for each connection.
[[nodiscard]] Result<FoundFlows> search_flows(DuckdbFiles& files, DuckdbConnection& connection,
                                              const FlowSearch& search, const std::string& sensor);

}  // namespace vedette
