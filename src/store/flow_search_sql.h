// A search for stored flows as statements in an engine's SQL. Pure text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flow/flow_condition.h"
#include "store/flow_search.h"

namespace vedette {

// How an engine says it.
struct FlowSearchLanguage {
  ConditionLanguage condition;
  std::vector<std::string> (*address_columns)(std::string_view field) = nullptr;  // as they are stored
  std::string (*address)(const std::vector<std::string>& columns) = nullptr;      // the whole of it
  const char* latest = "";                                                        // "arg_max({}, time_ns)"
  const char* page = "";  // of so many rows {0}, behind so many {1}
  // A column's expression as the type in which it is read; `merged`: of several rows.
  std::string (*typed)(const FoundColumn& column, const std::string& expression, bool merged) = nullptr;
};

struct FlowSearchStatements {
  std::string rows;   // in found_columns()' order
  std::string total;  // one number
};

// `tables`: all that hold rows of the span, with a column kSensorColumn; `counted`: a condition of the rows
// that count, may be empty. Unusable where the filter or the sort is.
[[nodiscard]] Result<FlowSearchStatements> flow_search_sql(const FlowSearch& search,
                                                           std::span<const std::string> tables,
                                                           const std::string& counted,
                                                           const FlowSearchLanguage& language);

// A query that no roll-up answers: by its plan it is known which rows of the span are kept.
[[nodiscard]] Query rows_of(const FlowSearch& search);

}  // namespace vedette
