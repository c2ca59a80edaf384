// The typed query, for whichever engine: measures of a source, by dimensions, of a span of time, where
// filters hold, in buckets, the top N and others; and its answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/units.h"
#include "store/field.h"

namespace vedette {

// kCount: in how many rows the fact is there.
enum class MeasureKind : std::uint8_t { kSum, kDistinct, kMean, kMin, kMax, kCount };

struct Measure {
  MeasureKind kind = MeasureKind::kSum;
  const Field* field = nullptr;

  // "bytes", "distinct:dst_port", "mean:rtt_us", "count:rtt_us".
  [[nodiscard]] std::string name() const;
};

enum class FilterOp : std::uint8_t { kEqual, kNotEqual, kLess, kAtMost, kAbove, kAtLeast, kIn };

// "=", "!=", "<", "<=", ">", ">=", "in".
[[nodiscard]] std::string_view filter_op_text(FilterOp op);
[[nodiscard]] std::optional<FilterOp> filter_op_of(std::string_view text);

// Both ends belong to it.
struct AddressRange {
  unsigned __int128 first = 0;
  unsigned __int128 last = 0;
};

// By the field's kind; nothing: the fact is absent.
using FilterValue = std::variant<std::monostate, std::uint64_t, std::string, AddressRange>;

// An absent fact fulfils "!=" alone, and "=" and "in" where the value is absence.
struct Filter {
  const Field* field = nullptr;
  FilterOp op = FilterOp::kEqual;
  std::vector<FilterValue> values;  // one; of kIn at least one
};

struct Query {
  QuerySource from = QuerySource::kFlows;
  std::vector<Measure> measures;  // at least one
  std::vector<const Field*> by;
  std::vector<Filter> where;  // all hold
  Nanoseconds begin{};        // since the epoch
  Nanoseconds end{};          // does not belong to it
  Nanoseconds bucket{};       // 0 = none
  std::size_t top = 0;        // by the first measure; 0 = all
  bool others = false;        // with `top`: a row for all the rest
};

// More rows than this are no answer for people or programs.
inline constexpr std::size_t kMostAnswerRows = 1'000'000;

enum class StoreLevel : std::uint8_t { kRaw, kMinute, kHour };

// "raw", "minute", "hour".
[[nodiscard]] std::string_view store_level_name(StoreLevel level);

enum class AnswerKind : std::uint8_t { kInteger, kReal, kText, kFlag };

struct AnswerColumn {
  std::string name;
  std::string_view unit;  // may be empty
  AnswerKind kind = AnswerKind::kInteger;
};

using AnswerValue = std::variant<std::monostate, bool, std::uint64_t, double, std::string>;

struct QueryAnswer {
  std::vector<AnswerColumn> columns;
  std::vector<std::vector<AnswerValue>> rows;  // a value a column
  Nanoseconds begin{};                         // what the answer covers
  Nanoseconds end{};
  Nanoseconds bucket{};
  StoreLevel level = StoreLevel::kRaw;  // the coarsest that was read
  std::chrono::microseconds took{};
};

}  // namespace vedette
