// A filter as a condition in SQL, in whichever engine's words: over its column, and over the other one of
// fields that have two.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>

#include "store/query.h"

namespace vedette {

// `on` writes the condition on one column.
std::string filter_condition(const Filter& filter,
                             std::invocable<std::string_view, const Filter&> auto&& on) {
  const std::string first = on(filter.field->column, filter);
  if (filter.field->other.empty()) return "(" + first + ")";
  return fmt::format("(({}) {} ({}))", first, filter.op == FilterOp::kNotEqual ? "AND" : "OR",
                     on(filter.field->other, filter));
}

}  // namespace vedette
