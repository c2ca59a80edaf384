#include "store/query.h"

#include <algorithm>
#include <array>

namespace vedette {

namespace {

constexpr std::array<std::string_view, 7> kOps{"=", "!=", "<", "<=", ">", ">=", "in"};
constexpr std::array<std::string_view, 6> kMeasures{"", "distinct:", "mean:", "min:", "max:", "count:"};
constexpr std::array<std::string_view, 3> kLevels{"raw", "minute", "hour"};

}  // namespace

std::string Measure::name() const {
  return std::string(kMeasures[static_cast<std::size_t>(kind)]) + std::string(field->name);
}

std::string_view filter_op_text(FilterOp op) {
  return kOps[static_cast<std::size_t>(op)];
}

std::optional<FilterOp> filter_op_of(std::string_view text) {
  const auto found = std::ranges::find(kOps, text);
  if (found == kOps.end()) return std::nullopt;
  return static_cast<FilterOp>(found - kOps.begin());
}

std::string_view store_level_name(StoreLevel level) {
  return kLevels[static_cast<std::size_t>(level)];
}

}  // namespace vedette
