// An answer as a Parquet file, written by the engine itself.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "store/duckdb_database.h"
#include "store/query.h"

namespace vedette {

// Its bytes. Passes through a file in `folder`, which goes again. One thread at a time for each connection.
[[nodiscard]] Result<std::string> parquet_of(DuckdbConnection& connection,
                                             const std::filesystem::path& folder, const QueryAnswer& answer);

}  // namespace vedette
