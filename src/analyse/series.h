// A quantity measured in equal steps of time: what every analysis over time takes.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "analyse/amount_text.h"
#include "analyse/query_behind.h"
#include "base/units.h"

namespace vedette {

struct Series {
  // Of a bucket in which nothing was measured: the sensor was off, or the history begins later. Not 0, which
  // was measured.
  static constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

  std::string name;          // as a sentence begins: "bytes in on eth0"
  Unit unit = Unit::kCount;  // of the values
  Nanoseconds from{};        // where the first bucket begins, since the epoch
  Nanoseconds step{};        // more than 0
  std::vector<double> values;
  QueryBehind query;

  [[nodiscard]] Nanoseconds begin_of(std::size_t bucket) const {
    return from + step * static_cast<std::int64_t>(bucket);
  }
  [[nodiscard]] Nanoseconds end() const { return begin_of(values.size()); }
  // The bucket that `at` lies in; of an earlier moment the first, of a later one the number of buckets.
  [[nodiscard]] std::size_t bucket_of(Nanoseconds at) const {
    if (at <= from) return 0;
    return std::min(static_cast<std::size_t>((at - from) / step), values.size());
  }
  // False for what is no number at all.
  [[nodiscard]] bool is_measured(std::size_t bucket) const { return std::isfinite(values[bucket]); }
};

}  // namespace vedette
