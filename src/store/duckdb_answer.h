// A query's answer out of attached files.
#pragma once

#include "base/error.h"
#include "store/duckdb_database.h"
#include "store/duckdb_files.h"
#include "store/query.h"

namespace vedette {

// One thread at a time for each connection. Files that turn out to be damaged are set aside, and the query is
// answered without them. `sensor`: whose files they are.
[[nodiscard]] Result<QueryAnswer> answer_query(DuckdbFiles& files, DuckdbConnection& connection,
                                               const Query& query, const std::string& sensor);

// Those of these files that can't be read from begin to end.
[[nodiscard]] std::vector<DayFile> damaged_files(DuckdbFiles& files, DuckdbConnection& connection,
                                                 const std::vector<DayFile>& of);

// How many rows of a raw file's table are rolled up in an attached file.
[[nodiscard]] Result<std::uint64_t> rolled_up(DuckdbConnection& connection, const DayFile& into,
                                              const DayFile& raw, QuerySource source);

}  // namespace vedette
