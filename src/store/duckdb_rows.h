// Rows' way into an attached file's tables.
#pragma once

#include <string>

#include "store/duckdb_database.h"
#include "store/row_batch.h"

namespace vedette {

// Puts rows behind those of the schema's tables, within the connection's transaction. IPv4 goes before
// IPv6: packed side by side, its addresses would take as many bits.
[[nodiscard]] Result<void> append_rows(DuckdbConnection& connection, const std::string& schema,
                                       const RowBatch& batch);

}  // namespace vedette
