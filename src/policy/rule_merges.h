// Classes of a packet's fields merged, field by field, into what the rules make of the packet (recursive flow
// classification, Gupta and McKeown 1999).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "abi/rules.h"
#include "policy/policy.h"
#include "policy/rule_classes.h"

namespace vedette {

// A field as the rules part it: the rules that take each class. Empty where no rule asks it.
using FieldSets = std::array<std::vector<RuleSet>, VDT_RULE_FIELDS>;

struct RuleOutcome {
  std::vector<std::uint16_t> rules;  // those that only count, then the one that decides
  bool each_packet = false;          // another packet of the flow may be decided on otherwise
  auto operator<=>(const RuleOutcome&) const = default;
};

// A field in its group.
struct FieldMerge {
  std::vector<std::uint16_t>
      table;  // by class of the group so far × width + the field's; empty: the group's first
  std::uint32_t width = 0;
  std::vector<RuleSet> rows;  // of the group's last field, where the rules are searched: by its class
};

struct RuleMerges {
  std::array<FieldMerge, VDT_RULE_FIELDS> fields;
  // By class of the flow's fields × packet_classes + class of the packet's: a number in `outcomes`. Empty
  // where the rules are searched.
  std::vector<std::uint32_t> outcome_of;
  std::uint32_t packet_classes = 1;
  std::vector<RuleOutcome> outcomes;
};

// Merges the fields of `fields` (bits by enum vdt_rule_field), those of one IP version, in groups of which no
// table has more than `most_pairs`. `each_packet`: rules that packets of one flow can differ in.
[[nodiscard]] RuleMerges merge_rules(std::span<const Rule> rules, const FieldSets& sets, std::uint32_t fields,
                                     const RuleSet& each_packet, std::size_t most_pairs);

}  // namespace vedette
