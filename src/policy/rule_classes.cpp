#include "policy/rule_classes.h"

#include <algorithm>

#include "policy/address_value.h"

namespace vedette {

std::size_t RuleClasses::Hash::operator()(const RuleSet& set) const {
  std::uint64_t hash = 0;
  for (const std::uint64_t word : set) hash = (hash ^ word ^ (hash >> 29)) * 0x9fb21c651e98df25;
  return hash;
}

std::uint32_t RuleClasses::class_of(const RuleSet& set) {
  const auto [known, inserted] = known_.try_emplace(set, static_cast<std::uint32_t>(sets_.size()));
  if (inserted) sets_.push_back(set);
  return known->second;
}

template <typename Value>
std::vector<ClassRange<Value>> part(const std::vector<RuleClaim<Value>>& claims, const RuleSet& always,
                                    RuleClasses& classes) {
  struct Edge {
    Value at;
    std::uint32_t rule;
    bool begins;
  };
  std::vector<Edge> edges;
  edges.reserve(claims.size() * 2);
  for (const RuleClaim<Value>& claim : claims) {
    edges.push_back({claim.first, claim.rule, true});
    const Value behind = static_cast<Value>(claim.last + 1);
    if (behind != Value{}) edges.push_back({behind, claim.rule, false});  // else it goes on to the last value
  }
  std::ranges::sort(edges, {}, &Edge::at);
  RuleSet now = always;
  std::vector<std::uint32_t> claimed(always.size() * 64);  // claims of one rule may overlap
  std::vector<ClassRange<Value>> ranges{{Value{}, classes.class_of(now)}};
  for (std::size_t i = 0; i < edges.size();) {
    const Value at = edges[i].at;
    for (; i < edges.size() && edges[i].at == at; i++) {
      const std::uint32_t rule = edges[i].rule;
      claimed[rule] += edges[i].begins ? 1U : -1U;
      const std::uint64_t bit = std::uint64_t{1} << (rule % 64);
      now[rule / 64] = claimed[rule] ? now[rule / 64] | bit : now[rule / 64] & ~bit;
    }
    const std::uint32_t class_number = classes.class_of(now);
    if (ranges.back().class_number == class_number) continue;
    if (ranges.back().begin == at)
      ranges.back().class_number = class_number;
    else
      ranges.push_back({at, class_number});
  }
  return ranges;
}

template std::vector<ClassRange<std::uint32_t>> part(const std::vector<RuleClaim<std::uint32_t>>&,
                                                     const RuleSet&, RuleClasses&);
template std::vector<ClassRange<AddressValue>> part(const std::vector<RuleClaim<AddressValue>>&,
                                                    const RuleSet&, RuleClasses&);

}  // namespace vedette
