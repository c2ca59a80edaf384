// Times, sizes and counts for people; machines get plain integers.
#pragma once

#include <cstdint>
#include <string>

#include "base/units.h"

namespace vedette {

// "14:03:07.123456", local time of day of a moment since the epoch.
[[nodiscard]] std::string time_of_day_text(Nanoseconds since_epoch);

// "4.2 s", "730 ms", "12 µs", "3 min 20 s", "5 h 02 min".
[[nodiscard]] std::string duration_text(Nanoseconds duration);

// "812 B", "14.0 kB", "3.2 GB": powers of 1,000.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

// "812", "14.0 k", "3.2 M".
[[nodiscard]] std::string count_text(std::uint64_t count);

}  // namespace vedette
