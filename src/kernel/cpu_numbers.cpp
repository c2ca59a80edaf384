#include "kernel/cpu_numbers.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

namespace vedette {

std::optional<std::uint32_t> cpu_numbers_in(std::string_view list) {
  // The highest stands at the end: "0-3", "0,2-5,7".
  const std::size_t before = list.find_last_of("-,");
  const std::string_view last = before == std::string_view::npos ? list : list.substr(before + 1);
  std::uint32_t number = 0;
  const auto read = std::from_chars(last.data(), last.data() + last.size(), number);
  if (read.ec != std::errc() || read.ptr != last.data() + last.size()) return std::nullopt;
  return number + 1;
}

std::uint32_t cpu_numbers() {
  std::ifstream file("/sys/devices/system/cpu/possible");
  std::string list;
  std::getline(file, list);
  return cpu_numbers_in(list).value_or(static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus())));
}

}  // namespace vedette
