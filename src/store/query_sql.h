// A query as SQL over the tables that a plan chose. Pure text; values are written as literals, quoted.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/query.h"

namespace vedette {

// Rows of one table that belong to the answer.
struct QueryPiece {
  std::string table;                      // "r20261127_0.flows"
  bool rolled = false;                    // a roll-up's: gauges are kept as sums, counts and extremes
  Nanoseconds begin{}, end{};             // [begin, end)
  std::optional<std::uint64_t> from_row;  // and of those the ones not rolled up yet
};

// One statement. Its columns: time_ns where there are buckets, the dimensions, the measures, and "others"
// (a flag) where the query asks for these. Sorted: by the first measure, the greatest first, or by time; no
// pieces give no rows.
[[nodiscard]] std::string query_sql(const Query& query, std::span<const QueryPiece> pieces);

// 'it''s'
[[nodiscard]] std::string sql_text(std::string_view text);

}  // namespace vedette
