// Finds out what a server has, and makes the tables there.
#pragma once

#include "store/clickhouse_tables.h"
#include "store/store.h"

namespace vedette {

// Asks the server for its version and, where a cluster is named, whether it knows it and can replicate, and
// makes what tables are missing. Failed where it can't be reached, is older than 18.16, or refuses.
[[nodiscard]] Result<ClickhouseLayout> prepare_server(ClickhouseServer& server, const StoreOptions& options);

// Removes what is older than its days: whole partitions. `now` since the epoch. Lines for the log.
[[nodiscard]] Result<std::vector<std::string>> drop_outlived(ClickhouseServer& server,
                                                             const ClickhouseLayout& layout, Nanoseconds now);

// What each table takes up on the servers' disks, by its parts; in a cluster each shard's once, whichever
// replica has it.
[[nodiscard]] Result<std::vector<StoredTable>> table_sizes(ClickhouseServer& server,
                                                           const ClickhouseLayout& layout);

// The files of the embedded engine by which a plan for these tables is made: the oldest partition of each
// level, in the whole cluster.
[[nodiscard]] Result<std::vector<DayFile>> oldest_partitions(ClickhouseServer& server,
                                                             const ClickhouseLayout& layout);

}  // namespace vedette
