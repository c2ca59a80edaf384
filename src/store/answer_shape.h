// How an answer looks, whichever engine gives it: its columns, and stored values as the contract has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/query.h"

namespace vedette {

// time_ns where there are buckets, the dimensions, the measures, "others" where it is asked for.
[[nodiscard]] std::vector<AnswerColumn> answer_columns(const Query& query);

// The dimension that each of these columns is; null: none.
[[nodiscard]] std::vector<const Field*> answer_fields(const Query& query);

// A stored value, turned into the contract's.
struct AnswerValueOf {
  const Field* field;  // of a dimension; null: a measure or a time

  AnswerValue operator()(std::monostate) const { return {}; }
  AnswerValue operator()(bool flag) const { return flag; }
  AnswerValue operator()(std::int64_t number) const { return (*this)(static_cast<std::uint64_t>(number)); }
  AnswerValue operator()(std::uint64_t number) const;
  AnswerValue operator()(double number) const { return number; }
  AnswerValue operator()(std::string_view text) const { return std::string(text); }
  AnswerValue operator()(unsigned __int128 address) const;
};

// Sums of nothing are no row, where there are no groups.
void leave_out_sums_of_nothing(const Query& query, QueryAnswer& answer);

}  // namespace vedette
