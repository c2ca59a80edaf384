// What the running kernel says of its own types (BTF): which tracepoints it has and what they hand over, and
// the names of its enumerators. Read once at start; 5 MB that go away with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

struct btf;

namespace vedette {

// Any thread, one at a time.
class KernelBtf {
 public:
  // Fails where the kernel was built without BTF: then no tracing program can be loaded at all.
  [[nodiscard]] static Result<KernelBtf> load();

  // How many arguments the tracepoint hands to a program; nothing where the kernel has no such tracepoint.
  [[nodiscard]] std::optional<int> tracepoint_arguments(std::string_view tracepoint) const;

  // Numbers and names of an enum, in its order; empty where there is no such enum.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::string>> enumerators(
      std::string_view enum_name) const;

 private:
  struct Free {
    void operator()(btf* types) const;
  };
  explicit KernelBtf(btf* types) : types_(types) {}

  std::unique_ptr<btf, Free> types_;
};

}  // namespace vedette
