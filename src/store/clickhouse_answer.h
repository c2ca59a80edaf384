// A query's answer out of a server's tables, or a cluster's.
#pragma once

#include "store/clickhouse_sender.h"
#include "store/query.h"
#include "store/store.h"

namespace vedette {

[[nodiscard]] Result<QueryAnswer> answer_query(ClickhouseServer& server, const ClickhouseLayout& layout,
                                               const Query& query);

// As Store::recent_flows(), of one sensor's rows.
[[nodiscard]] Result<Store::RecentFlows> read_recent_flows(ClickhouseServer& server,
                                                           const ClickhouseLayout& layout,
                                                           const std::string& sensor, Nanoseconds span);

}  // namespace vedette
