// What a query's answer must be, by loops over the rows: nothing of the store's but the row and the query.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "detect/finding.h"
#include "store/query.h"
#include "store/row.h"

namespace vedette::tests {

// A row of whichever source, told by the names that answers have.
struct PlainRow {
  Nanoseconds time{};
  std::map<std::string, AnswerValue, std::less<>> facts;  // dimensions and gauges; absent ones hold nothing
  std::map<std::string, std::uint64_t, std::less<>> amounts;  // that add up
};

[[nodiscard]] std::vector<PlainRow> plain_rows(const std::vector<FlowRow>& rows);
[[nodiscard]] std::vector<PlainRow> plain_rows(const std::vector<InterfaceRow>& rows);
// In the order in which they were told: of those with one id the last is true.
[[nodiscard]] std::vector<PlainRow> plain_rows(const std::vector<Finding>& news);

[[nodiscard]] std::vector<std::vector<AnswerValue>> plain_answer(const Query& query,
                                                                 const std::vector<PlainRow>& rows);
[[nodiscard]] std::vector<std::vector<AnswerValue>> plain_answer(const Query& query,
                                                                 const std::vector<FlowRow>& rows);

// Sorted, and means as far as a double tells them.
[[nodiscard]] std::vector<std::vector<AnswerValue>> comparable(std::vector<std::vector<AnswerValue>> rows);

}  // namespace vedette::tests
