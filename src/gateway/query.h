// A request's query: parameters by name.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vedette {

// A parameter's value, percent-encoding taken off; nothing where it isn't there.
[[nodiscard]] std::optional<std::string> query_text(std::string_view query, std::string_view name);

// A whole number between the bounds, both inclusive; `otherwise` where it isn't given.
[[nodiscard]] Result<std::uint64_t> query_number(
    std::string_view query, std::string_view name, std::uint64_t otherwise, std::uint64_t lowest = 0,
    std::uint64_t highest = std::numeric_limits<std::uint64_t>::max());

}  // namespace vedette
