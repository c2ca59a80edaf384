// Keeps the roll-ups: by the minute and by the hour, each out of the rows themselves. What is rolled up of a
// file stands beside the sums, in the same transaction: a crash neither loses nor doubles anything.
#pragma once

#include "store/duckdb_files.h"

namespace vedette {

// All rows of a raw file that aren't yet in the roll-ups of `level`, kMinute or kHour; `rows_at_once` a
// transaction, > 0. One thread.
[[nodiscard]] Result<void> roll_up(DuckdbFiles& files, DuckdbConnection& connection, const DayFile& raw,
                                   FileLevel level, std::uint64_t rows_at_once);

}  // namespace vedette
