// Counters that stay at their highest value instead of beginning again at 0.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

namespace vedette {

template <std::unsigned_integral T>
void add_saturating(T& counter, std::uint64_t more) {
  const std::uint64_t room = std::numeric_limits<T>::max() - counter;
  counter = more > room ? std::numeric_limits<T>::max() : static_cast<T>(counter + more);
}

}  // namespace vedette
