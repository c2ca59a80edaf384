// The values of a packet's field, parted into classes: what no rule tells apart is one class, and each class
// has the set of rules that take it.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace vedette {

// A bit for each rule, 64 a word.
using RuleSet = std::vector<std::uint64_t>;

// Numbers sets of rules, each set once.
class RuleClasses {
 public:
  std::uint32_t class_of(const RuleSet& set);
  [[nodiscard]] const std::vector<RuleSet>& sets() const { return sets_; }

 private:
  struct Hash {
    std::size_t operator()(const RuleSet& set) const;
  };
  std::unordered_map<RuleSet, std::uint32_t, Hash> known_;
  std::vector<RuleSet> sets_;
};

// From `begin` to before the next one's.
template <typename Value>
struct ClassRange {
  Value begin{};
  std::uint32_t class_number = 0;
};

// One rule's claim on values from `first` to `last`, both included.
template <typename Value>
struct RuleClaim {
  Value first{};
  Value last{};
  std::uint32_t rule = 0;
};

// Parts all values from 0 on by the claims; `always` are the rules that say nothing of the field. The first
// range begins at 0, neighbours have different classes.
template <typename Value>
[[nodiscard]] std::vector<ClassRange<Value>> part(const std::vector<RuleClaim<Value>>& claims,
                                                  const RuleSet& always, RuleClasses& classes);

}  // namespace vedette
