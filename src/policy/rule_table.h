// A policy's rules compiled for the kernel's search (bpf/abi/rules.h, bpf/decide/rule_search.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "abi/rules.h"
#include "base/error.h"
#include "policy/policy.h"
#include "policy/rule_verdict.h"

namespace vedette {

struct RuleTableOptions {
  std::uint64_t generation = 1;  // never 0
  InterfacesNamed interfaces;
  // By rule, its element group of rule_counters; empty: its own number.
  std::span<const std::uint32_t> counters;
  // Pairs of classes in a table that merges two fields' (2 bytes each): where more were needed, rules are
  // searched.
  std::size_t most_pairs = std::size_t{1} << 19;
};

// A struct vdt_rules, without the zeros at its end. Unusable where the rules are too many or too large, or
// ask what the kernel can't be asked: says which rule and what.
[[nodiscard]] Result<std::vector<std::byte>> compile_rules(std::span<const Rule> rules,
                                                           const RuleTableOptions& options);

// The names of the rules of a table, in their order; `table` as compile_rules() made it.
struct CompiledRule {
  std::string name;
  vdt_rule rule{};
};
[[nodiscard]] std::vector<CompiledRule> compiled_rules(std::span<const std::byte> table);

}  // namespace vedette
