// Stored flows out of a server's tables, or a cluster's.
#pragma once

#include "store/clickhouse_tables.h"
#include "store/flow_search.h"

namespace vedette {

// As Store::find_flows(), of all sensors.
[[nodiscard]] Result<FoundFlows> search_flows(ClickhouseServer& server, const ClickhouseLayout& layout,
                                              const FlowSearch& search);

}  // namespace vedette
