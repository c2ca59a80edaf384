// How many CPU numbers a program can find itself on. Not how many CPUs there are: a machine's possible CPUs
// may have gaps between their numbers ("0,2-3"), and arrays are indexed by the number.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette {

// One more than the highest number in a list as the kernel writes it (cpuset(7), list format); nothing where
// it is none.
[[nodiscard]] std::optional<std::uint32_t> cpu_numbers_in(std::string_view list);

// The same of this machine's possible CPUs.
[[nodiscard]] std::uint32_t cpu_numbers();

}  // namespace vedette
