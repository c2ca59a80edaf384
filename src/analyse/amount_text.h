// Amounts of what is measured, as a sentence says them.
#pragma once

#include <cstdint>
#include <string>

namespace vedette {

enum class Unit : std::uint8_t {
  kCount,
  kBytes,
  kPackets,
  kFlows,
  kBitsPerSecond,
  kMicroseconds,
  kShare,  // 0 … 1
};

// "3.2 GB", "12.0 k packets", "940.0 Mbit/s", "2.4 ms", "3.1 %"; "unknown" of what is no number.
[[nodiscard]] std::string amount_text(double amount, Unit unit);

// How `after` stands to `before`, both 0 or more: "3.9 times as much", "12 % more", "41 % less", "the same",
// "all of it new", "none of it left".
[[nodiscard]] std::string change_text(double before, double after);

}  // namespace vedette
