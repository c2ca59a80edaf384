// Series with a plain weekly rhythm and a little noise that repeats for the same place.
#pragma once

#include <cmath>

#include "analyse/series.h"

namespace vedette {

inline constexpr Nanoseconds kMonday = std::chrono::seconds(1'767'571'200);  // 5 January 2026, 00:00 UTC

// So many weeks by the hour: 1 GB an hour by day, a tenth by night, a fifth of that on weekends; off by a
// tenth.
inline Series weekly_series(std::size_t weeks) {
  Series series;
  series.name = "bytes in on eth0";
  series.unit = Unit::kBytes;
  series.from = kMonday;
  series.step = std::chrono::hours(1);
  series.query.from = "interfaces";
  std::uint64_t state = 88172645463325252ULL;
  for (std::size_t i = 0; i < weeks * 168; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const double noise = (static_cast<double>(state % 2001) - 1000) / 1000 * 0.1;
    const bool by_day = i % 24 >= 7 && i % 24 < 20;
    series.values.push_back(1e9 * (by_day ? 1 : 0.1) * (i % 168 >= 120 ? 0.2 : 1) * (1 + noise));
  }
  return series;
}

// From so many hours behind the first Monday, for so many hours.
inline void scale(Series& series, std::size_t from, std::size_t count, double factor) {
  for (std::size_t i = from; i < from + count && i < series.values.size(); i++) series.values[i] *= factor;
}

}  // namespace vedette
