// The tables: of what was seen as it was, and its roll-ups. A roll-up ("cube") has a row for each value of
// its dimensions that occurred in a minute or an hour, and the sums of all measures: a query whose fields are
// among the dimensions reads it instead of the rows themselves, with the same answer.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/query.h"

namespace vedette {

struct Cube {
  std::string_view table;
  QuerySource source = QuerySource::kFlows;
  std::span<const std::string_view> dimensions;  // column names
};

// In the order of what is expected to be smaller.
[[nodiscard]] std::span<const Cube> cubes();

// The first one that has all fields of the query; null where only the rows themselves do.
[[nodiscard]] const Cube* cube_for(const Query& query);

// "flows", "findings", "interfaces".
[[nodiscard]] std::string_view raw_table(QuerySource source);

// Of a source's rows: column and SQL type in the order in which they are written.
struct StoredColumn {
  std::string_view name;
  std::string_view type;
};
[[nodiscard]] std::span<const StoredColumn> raw_columns(QuerySource source);

// What tables that were made before don't have: unknown of the rows that are there. A raw table's stand
// behind all its others, where they are added.
struct LaterColumn {
  std::string_view table, column;
};
[[nodiscard]] std::span<const LaterColumn> later_columns();

// CREATE TABLE statements, and what an older table lacks; `schema` is the attached file's name.
[[nodiscard]] std::string create_raw_tables(std::string_view schema);
[[nodiscard]] std::string create_finding_table(std::string_view schema);
// With a table `progress`: how many rows of which table of which file are rolled up here.
[[nodiscard]] std::string create_cubes(std::string_view schema);

// Rows [first, last) of a raw table into a cube of steps so long.
struct RollUpSpan {
  std::string_view from, to;  // attached files' names
  std::uint64_t first = 0, last = 0;
  Nanoseconds step{};
};
[[nodiscard]] std::string roll_up_sql(const Cube& cube, const RollUpSpan& span);

}  // namespace vedette
