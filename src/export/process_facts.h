// What the kernel says of this process, by the names that Prometheus' own clients give it.
#pragma once

#include <cstdint>
#include <optional>

namespace vedette {

// Absent where proc(5) doesn't tell.
struct ProcessFacts {
  std::optional<double> cpu_seconds;    // user and system
  std::optional<double> start_seconds;  // since the epoch
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> virtual_bytes;
  std::optional<std::uint64_t> threads;
  std::optional<std::uint64_t> open_descriptors;
  std::optional<std::uint64_t> most_descriptors;
};

// Any thread.
[[nodiscard]] ProcessFacts this_process();

}  // namespace vedette
