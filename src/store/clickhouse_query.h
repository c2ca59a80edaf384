// A query as one SQL statement that ClickHouse runs, from 18.16 on: no CTE, no window functions. Each piece
// is grouped by itself, which a cluster's servers do where its rows are, and the pieces' groups are put
// together.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/query.h"
#include "store/query_plan.h"
#include "store/row_binary.h"

namespace vedette {

// Rows of one table that belong to the answer.
struct ClickhousePiece {
  std::string table;    // or a query in parentheses
  bool rolled = false;  // a roll-up's: gauges are kept as sums, counts and extremes
  std::vector<TimeSpan> spans;
  std::string counted;  // a condition: which of them count; empty: all
};

// Its columns are those of answer_columns(), in its order, as binary_types() says. `pieces`: at least one.
[[nodiscard]] std::string clickhouse_query(const Query& query, std::span<const ClickhousePiece> pieces);
[[nodiscard]] std::vector<BinaryType> binary_types(const Query& query);

// "(time_ns >= 1 AND time_ns < 2)", of any of these.
[[nodiscard]] std::string within(std::span<const TimeSpan> spans);

}  // namespace vedette
