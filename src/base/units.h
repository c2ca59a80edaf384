// Types that carry meaning instead of bare integers.
#pragma once

#include <chrono>
#include <cstdint>

namespace vedette {

// A span of time; and a point in time as nanoseconds since the epoch (files, API) or since boot (kernel
// records), whichever the name beside it says.
using Nanoseconds = std::chrono::nanoseconds;

}  // namespace vedette
