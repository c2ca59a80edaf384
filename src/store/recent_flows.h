// What the store's latest rows say of each flow.
#pragma once

#include "base/error.h"
#include "store/duckdb_files.h"
#include "store/store.h"

namespace vedette {

// As Store::recent_flows(). One thread at a time for each connection.
[[nodiscard]] Result<Store::RecentFlows> read_recent_flows(DuckdbFiles& files, DuckdbConnection& connection,
                                                           Nanoseconds span);

}  // namespace vedette
