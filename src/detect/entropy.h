// How widely things are spread, and how many different ones there were, of any number of them in fixed
// memory. Things fall into 256 buckets by their hash. Spread is Shannon's entropy of the buckets' shares over
// the highest that so many things can have: 0 where all are alike, 1 where each is another. (Lakhina,
// Crovella and Diot, "Mining anomalies using traffic feature distributions", 2005, tell attacks by that of
// addresses and ports.) How many: linear counting (Whang, Vander-Zanden and Taylor 1990), which ends to tell
// at some 1,400 when all buckets are full.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace vedette {

class HashedSpread {
 public:
  // `hash`: 64 well mixed bits of the thing.
  void add(std::uint64_t hash) {
    buckets_[hash >> 56]++;
    count_++;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

  // In bits: 0 … 8.
  [[nodiscard]] double entropy() const {
    double sum = 0;
    for (const std::uint32_t bucket : buckets_)
      if (bucket != 0) sum += bucket * std::log2(static_cast<double>(bucket));
    if (count_ == 0) return 0;
    return std::max(0.0, std::log2(static_cast<double>(count_)) - sum / static_cast<double>(count_));
  }

  // 0 … 1.
  [[nodiscard]] double spread() const {
    const double highest = std::log2(static_cast<double>(std::min<std::uint64_t>(count_, buckets_.size())));
    return count_ < 2 ? 0 : std::min(1.0, entropy() / highest);
  }

  // How many different things, at most kMostDistinct.
  static constexpr double kMostDistinct = 256 * 5.545177444479562;  // 256 ln 256: one bucket is empty
  [[nodiscard]] double distinct() const {
    const auto empty = static_cast<double>(std::ranges::count(buckets_, 0U));
    return empty < 1 ? kMostDistinct : 256 * std::log(256 / empty);
  }

 private:
  std::array<std::uint32_t, 256> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace vedette
