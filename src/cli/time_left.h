// How a moment that is to come stands in tables.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

// "9m 58s", of decimal nanoseconds since the epoch; what has passed is "0s". A Column's `show`.
[[nodiscard]] std::string time_left(std::string_view expires_ns);

}  // namespace vedette
