#include "base/human_text.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string_view>

namespace vedette {

namespace {

std::string scaled_text(std::uint64_t number, std::string_view unit) {
  constexpr std::array<std::string_view, 7> kPrefixes{"", "k", "M", "G", "T", "P", "E"};
  auto scaled = static_cast<double>(number);
  std::size_t step = 0;
  // 999.95 rounds to 1000.0 with one decimal: it belongs to the next prefix.
  while (scaled >= 999.95 && step + 1 < kPrefixes.size()) {
    scaled /= 1000;
    step++;
  }
  const std::string digits = step == 0 ? fmt::format("{}", number) : fmt::format("{:.1f}", scaled);
  const std::string suffix = fmt::format("{}{}", kPrefixes[step], unit);
  return suffix.empty() ? digits : digits + " " + suffix;
}

}  // namespace

std::string time_of_day_text(Nanoseconds since_epoch) {
  const std::int64_t microseconds = since_epoch.count() / 1000;
  const auto seconds = static_cast<std::time_t>(microseconds / 1'000'000);
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", local.tm_hour, local.tm_min, local.tm_sec,
                     microseconds % 1'000'000);
}

std::string duration_text(Nanoseconds duration) {
  const double ns = static_cast<double>(duration.count());
  const std::int64_t seconds = duration.count() / 1'000'000'000;
  if (ns < 1e3) return fmt::format("{} ns", duration.count());
  if (ns < 1e6) return fmt::format("{:.0f} µs", ns / 1e3);
  if (ns < 1e9) return fmt::format("{:.0f} ms", ns / 1e6);
  if (seconds < 60) return fmt::format("{:.1f} s", ns / 1e9);
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}

std::string bytes_text(std::uint64_t bytes) {
  return scaled_text(bytes, "B");
}

std::string count_text(std::uint64_t count) {
  return scaled_text(count, "");
}

}  // namespace vedette
