// Reading a per-CPU map from user space: the value of every possible CPU, each at a multiple of eight bytes.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace vedette {

// One value a CPU; `key` and `Value` must have the sizes that the map was made with.
template <typename Value, typename Key>
[[nodiscard]] Result<std::vector<Value>> per_cpu_values(int map_fd, const Key& key) {
  static_assert(sizeof(Value) % 8 == 0, "the kernel rounds a CPU's value up to eight bytes");
  std::vector<Value> values(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  if (bpf_map_lookup_elem(map_fd, &key, values.data()) != 0)
    return failed("per-CPU map", std::strerror(errno));
  return values;
}

}  // namespace vedette
