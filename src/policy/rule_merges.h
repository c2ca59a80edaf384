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

// Whether the rule may turn out not to take a packet that its fields take, or only observes.
[[nodiscard]] inline bool may_miss(const Rule& rule) {
  return rule.observe || !rule.match.payload.empty() || rule.until != Nanoseconds{};
}

// Whether the next rule may be asked of a packet that the rule's fields take.
[[nodiscard]] inline bool may_go_on(const Rule& rule) {
  return rule.shadow || may_miss(rule);
}

struct RuleOutcome {
  // Those that may go on, then the one that decides; of the shadow policy's none behind one that decides
  // there.
  std::vector<std::uint16_t> rules;
  bool each_packet = false;  // another packet of the flow may be decided on otherwise
  auto operator<=>(const RuleOutcome&) const = default;
};

// A field as it is merged into its group, or begins one.
struct FieldMerge {
  std::uint32_t field = 0;  // enum vdt_rule_field
  std::vector<std::uint16_t>
      table;  // by class of the group so far × width + the field's; empty: it begins a group
  std::uint32_t width = 0;
  std::vector<RuleSet> rows;  // of a group's last field, where the rules are searched: by the group's class
};

struct RuleMerges {
  std::vector<FieldMerge> flow;    // the flow's fields, in the order in which they are merged
  std::vector<FieldMerge> packet;  // the packet's
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
