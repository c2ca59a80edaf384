// Questions about made rows (made_rows.h) that every engine is asked, of each source: each dimension,
// measure, operator, bucket.
#pragma once

#include <string>
#include <vector>

#include "store/field.h"

namespace vedette::tests {

// As JSON, by noon() as the time at which they are asked.
[[nodiscard]] std::vector<std::string> queries_by_each_dimension(QuerySource source);
[[nodiscard]] std::vector<std::string> queries_of_distinct_values(QuerySource source);
[[nodiscard]] std::vector<std::string> queries_by_each_filter(QuerySource source);
[[nodiscard]] std::vector<std::string> queries_of_buckets(QuerySource source);
[[nodiscard]] std::vector<std::string> queries_of_the_top(QuerySource source);
// Of spans that begin and end within minutes, and of what nothing matches.
[[nodiscard]] std::vector<std::string> queries_of_odd_spans(QuerySource source);
// All of these.
[[nodiscard]] std::vector<std::string> queries_of(QuerySource source);

// pcap filters of every kind that flows can be searched by.
[[nodiscard]] std::vector<std::string> searched_filters();

}  // namespace vedette::tests
