// Questions about made flows (made_rows.h) that every engine is asked: each dimension, measure, operator,
// bucket.
#pragma once

#include <string>
#include <vector>

namespace vedette::tests {

// As JSON, by noon() as the time at which they are asked.
[[nodiscard]] std::vector<std::string> queries_by_each_dimension();
[[nodiscard]] std::vector<std::string> queries_of_distinct_values();
[[nodiscard]] std::vector<std::string> queries_by_each_filter();
[[nodiscard]] std::vector<std::string> queries_of_buckets();
[[nodiscard]] std::vector<std::string> queries_of_the_top();
// Of spans that begin and end within minutes, and of what nothing matches.
[[nodiscard]] std::vector<std::string> queries_of_odd_spans();

// pcap filters of every kind that flows can be searched by.
[[nodiscard]] std::vector<std::string> searched_filters();

}  // namespace vedette::tests
