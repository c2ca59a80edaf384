#include "analyse/amount_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/human_text.h"

namespace vedette {

namespace {

// What a double can hold of a count, beyond which no quantity here goes.
constexpr double kMost = 1e18;

std::uint64_t whole(double amount) {
  return static_cast<std::uint64_t>(std::llround(std::clamp(amount, 0.0, kMost)));
}

std::string count_of(double amount, const char* what) {
  const std::string text = count_text(whole(amount));
  return fmt::format("{} {}{}", text, what, text == "1" ? "" : "s");
}

}  // namespace

std::string amount_text(double amount, Unit unit) {
  if (!std::isfinite(amount)) return "unknown";
  if (amount < 0) return "-" + amount_text(-amount, unit);
  switch (unit) {
    case Unit::kBytes:
      return bytes_text(whole(amount));
    case Unit::kPackets:
      return count_of(amount, "packet");
    case Unit::kFlows:
      return count_of(amount, "flow");
    case Unit::kBitsPerSecond: {
      const std::string text = count_text(whole(amount));
      return text.find(' ') == std::string::npos ? text + " bit/s" : text + "bit/s";
    }
    case Unit::kMicroseconds:
      return amount < 1000  ? fmt::format("{:.0f} µs", amount)
             : amount < 1e6 ? fmt::format("{:.1f} ms", amount / 1e3)
                            : fmt::format("{:.1f} s", amount / 1e6);
    case Unit::kShare:
      return fmt::format("{:.{}f} %", amount * 100, amount < 0.001 ? 3 : amount < 0.1 ? 2 : 1);
    case Unit::kCount:
      break;
  }
  return amount < 10 && amount != std::floor(amount) ? fmt::format("{:.1f}", amount)
                                                     : count_text(whole(amount));
}

std::string change_text(double before, double after) {
  if (before <= 0) return after > 0 ? "all of it new" : "the same";
  if (after <= 0) return "none of it left";
  const double ratio = after / before;
  if (ratio >= 2) return fmt::format("{:.1f} times as much", ratio);
  const double percent = std::abs(ratio - 1) * 100;
  if (percent < 0.5) return "the same";
  return fmt::format("{:.0f} % {}", percent, ratio > 1 ? "more" : "less");
}

}  // namespace vedette
