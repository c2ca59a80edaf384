// How often each of any number of things came, in fixed memory: Cormode and Muthukrishnan, "An improved data
// stream summary: the count-min sketch and its applications" (2005). An estimate is never below the truth,
// and with probability 1 − e^−Rows above it by at most e/Columns of all that was counted. Counters are raised
// conservatively (Estan and Varghese 2002): only those that stand at the estimate.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vedette {

template <std::size_t Rows, std::size_t Columns>
class CountMin {
  static_assert((Columns & (Columns - 1)) == 0, "a row's place is taken by a mask");
  static_assert(Rows * 16 <= 64 && Columns <= 65'536, "each row takes sixteen bits of the hash");

 public:
  // One more of the thing with this hash (64 well mixed bits); gives its new estimate.
  std::uint32_t add(std::uint64_t hash) {
    const std::uint32_t count = estimate(hash) + 1;
    for (std::size_t row = 0; row < Rows; row++) {
      std::uint32_t& counter = counters_[place(hash, row)];
      counter = std::max(counter, count);
    }
    return count;
  }

  [[nodiscard]] std::uint32_t estimate(std::uint64_t hash) const {
    std::uint32_t least = UINT32_MAX - 1;
    for (std::size_t row = 0; row < Rows; row++) least = std::min(least, counters_[place(hash, row)]);
    return least;
  }

  void clear() { std::ranges::fill(counters_, 0); }

  [[nodiscard]] std::size_t memory() const { return counters_.size() * sizeof(std::uint32_t); }

 private:
  [[nodiscard]] static std::size_t place(std::uint64_t hash, std::size_t row) {
    return row * Columns + (hash >> (16 * row) & (Columns - 1));
  }

  std::vector<std::uint32_t> counters_ = std::vector<std::uint32_t>(Rows * Columns);
};

}  // namespace vedette
