#include "policy/rule_merges.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace vedette {

namespace {

constexpr std::size_t kMostClasses = 65'536;  // numbered by 16 bits
constexpr std::size_t kMostFollowed = 300;    // VDT_RULE_STEPS

RuleSet both(const RuleSet& left, const RuleSet& right) {
  RuleSet set(left.size());
  for (std::size_t i = 0; i < set.size(); i++) set[i] = left[i] & right[i];
  return set;
}

// Of these rules, those that stand in every class of a field: they say nothing of it.
RuleSet in_each(RuleSet rules, const std::vector<RuleSet>& classes) {
  for (const RuleSet& one : classes) rules = both(rules, one);
  return rules;
}

bool has(const RuleSet& set, std::size_t rule) {
  return set[rule / 64] >> (rule % 64) & 1;
}

// Leaves out what comes behind the first rule of `set` that is in `settled`: it is never asked.
void end_at_first(RuleSet& set, const RuleSet& settled) {
  for (std::size_t word = 0; word < set.size(); word++) {
    const std::uint64_t found = set[word] & settled[word];
    if (!found) continue;
    set[word] &= found ^ (found - 1);
    for (std::size_t behind = word + 1; behind < set.size(); behind++) set[behind] = 0;
    return;
  }
}

class Merger {
 public:
  Merger(std::span<const Rule> rules, const FieldSets& sets, std::uint32_t fields, const RuleSet& each_packet,
         std::size_t most_pairs)
      : rules_(rules),
        sets_(sets),
        fields_(fields),
        each_packet_(each_packet),
        most_pairs_(most_pairs),
        words_((rules.size() + 63) / 64) {}

  // `order`: the flow's fields that are asked.
  RuleMerges merge(const std::vector<std::uint32_t>& order) {
    for (const std::uint32_t field : order) add_field(field, flow_, merges_.flow);
    for (std::uint32_t field = VDT_RULE_FLOW_FIELDS; field < VDT_RULE_FIELDS; field++)
      if (asked(field)) add_field(field, packet_, merges_.packet);
    if (!add_outcomes()) {
      for (Group& group : flow_) merges_.flow[group.last].rows = std::move(group.classes);
      for (Group& group : packet_) merges_.packet[group.last].rows = std::move(group.classes);
    }
    return std::move(merges_);
  }
  // Of the flow's fields, after merge().
  [[nodiscard]] std::size_t groups() const { return flow_.size(); }

 private:
  struct Group {
    std::vector<std::uint32_t> fields;
    std::vector<RuleSet> classes;
    std::size_t last = 0;  // number of its last field's merge
  };

  [[nodiscard]] bool asked(std::uint32_t field) const { return fields_ >> field & 1; }

  [[nodiscard]] RuleSet all_rules() const {
    RuleSet all(words_);
    for (std::size_t rule = 0; rule < rules_.size(); rule++)
      all[rule / 64] |= std::uint64_t{1} << (rule % 64);
    return all;
  }

  // Rules that take a packet whatever its fields outside the group are, and decide.
  [[nodiscard]] RuleSet settled_by(const std::vector<std::uint32_t>& group) const {
    RuleSet settled = all_rules();
    for (std::uint32_t field = 0; field < VDT_RULE_FIELDS; field++) {
      if (!asked(field) || std::ranges::find(group, field) != group.end()) continue;
      settled = in_each(std::move(settled), sets_[field]);
    }
    for (std::size_t rule = 0; rule < rules_.size(); rule++)
      if (may_go_on(rules_[rule])) settled[rule / 64] &= ~(std::uint64_t{1} << (rule % 64));
    return settled;
  }

  void add_field(std::uint32_t field, std::vector<Group>& groups, std::vector<FieldMerge>& merges) {
    merges.push_back({.field = field, .table = {}, .width = 0, .rows = {}});
    if (groups.empty() || !merge_field(merges.back(), groups.back()))
      groups.push_back({{field}, sets_[field]});
    groups.back().last = merges.size() - 1;
  }

  // False where the table would be too large; nothing has changed then.
  bool merge_field(FieldMerge& merge, Group& group) {
    const std::uint32_t field = merge.field;
    const std::vector<RuleSet>& others = sets_[field];
    if (group.classes.size() * others.size() > most_pairs_) return false;
    std::vector<std::uint32_t> fields = group.fields;
    fields.push_back(field);
    // Of a packet's fields, rules that take other packets of its flow are asked for too.
    const RuleSet settled = field < VDT_RULE_FLOW_FIELDS ? settled_by(fields) : RuleSet(words_);
    RuleClasses merged;
    std::vector<std::uint16_t> table;
    table.reserve(group.classes.size() * others.size());
    for (const RuleSet& one : group.classes)
      for (const RuleSet& other : others) {
        RuleSet set = both(one, other);
        end_at_first(set, settled);
        const std::uint32_t class_number = merged.class_of(set);
        if (class_number >= kMostClasses) return false;
        table.push_back(static_cast<std::uint16_t>(class_number));
      }
    merge.table = std::move(table);
    merge.width = static_cast<std::uint32_t>(others.size());
    group.fields = std::move(fields);
    group.classes = merged.sets();
    return true;
  }

  // False where there are more groups than the flow's fields and the packet's, or too many pairs of their
  // classes.
  bool add_outcomes() {
    if (flow_.size() > 1 || packet_.size() > 1) return false;
    const std::vector<RuleSet> all{all_rules()};
    const std::vector<RuleSet>& flow = flow_.empty() ? all : flow_[0].classes;
    const std::vector<RuleSet>& packet = packet_.empty() ? all : packet_[0].classes;
    if (flow.size() * packet.size() > most_pairs_) return false;
    std::vector<std::uint32_t> outcome_of_pair;
    std::vector<RuleOutcome> outcomes;
    std::map<RuleOutcome, std::uint32_t> known;
    for (const RuleSet& of_flow : flow)
      for (const RuleSet& of_packet : packet) {
        RuleOutcome outcome = outcome_of(of_flow, of_packet);
        if (outcome.rules.size() > kMostFollowed) return false;
        const auto [at, inserted] = known.try_emplace(outcome, static_cast<std::uint32_t>(outcomes.size()));
        if (inserted) outcomes.push_back(std::move(outcome));
        outcome_of_pair.push_back(at->second);
      }
    merges_.packet_classes = static_cast<std::uint32_t>(packet.size());
    merges_.outcome_of = std::move(outcome_of_pair);
    merges_.outcomes = std::move(outcomes);
    return true;
  }

  [[nodiscard]] RuleOutcome outcome_of(const RuleSet& of_flow, const RuleSet& of_packet) const {
    RuleOutcome outcome;
    bool shadowed = false;
    for (std::size_t word = 0; word < words_; word++)
      for (std::uint64_t left = of_flow[word]; left; left &= left - 1) {
        const std::size_t rule = word * 64 + static_cast<std::size_t>(std::countr_zero(left));
        if (shadowed && rules_[rule].shadow) continue;
        outcome.each_packet |= has(each_packet_, rule);
        if (!has(of_packet, rule)) continue;
        shadowed |= rules_[rule].shadow && !may_miss(rules_[rule]);
        outcome.rules.push_back(static_cast<std::uint16_t>(rule));
        if (!may_go_on(rules_[rule])) return outcome;
      }
    return outcome;
  }

  std::span<const Rule> rules_;
  const FieldSets& sets_;
  std::uint32_t fields_;
  const RuleSet& each_packet_;
  std::size_t most_pairs_;
  std::size_t words_;
  std::vector<Group> flow_;
  std::vector<Group> packet_;
  RuleMerges merges_;
};

// How many rules say nothing of the field.
std::size_t indifferent(const std::vector<RuleSet>& classes) {
  std::size_t rules = 0;
  for (const std::uint64_t word : in_each(classes[0], classes))
    rules += static_cast<std::size_t>(std::popcount(word));
  return rules;
}

// Orders worth trying, each field of so many classes: large fields early keep the products behind them small
// where most pairs of their classes come together in no rule; small ones early do where they do. The first
// one makes the fewest large tables: fields that most rules ask come first, and the largest one, which makes
// every product behind it large, before the last.
std::vector<std::vector<std::uint32_t>> orders_of(const FieldSets& sets, std::uint32_t fields) {
  std::vector<std::uint32_t> small_first;
  for (std::uint32_t field = 0; field < VDT_RULE_FLOW_FIELDS; field++)
    if (fields >> field & 1) small_first.push_back(field);
  std::ranges::stable_sort(small_first, {}, [&](std::uint32_t field) { return sets[field].size(); });
  std::vector<std::uint32_t> large_first(small_first.rbegin(), small_first.rend());
  std::vector<std::uint32_t> largest_then_small = small_first;
  if (!small_first.empty())
    std::rotate(largest_then_small.begin(), largest_then_small.end() - 1, largest_then_small.end());
  std::vector<std::uint32_t> most_asked = small_first;
  if (most_asked.size() > 2) {
    most_asked.pop_back();
    std::ranges::stable_sort(most_asked, {}, [&](std::uint32_t field) { return indifferent(sets[field]); });
    most_asked.insert(most_asked.end() - 1, small_first.back());
  }
  return {most_asked, largest_then_small, small_first, large_first};
}

}  // namespace

RuleMerges merge_rules(std::span<const Rule> rules, const FieldSets& sets, std::uint32_t fields,
                       const RuleSet& each_packet, std::size_t most_pairs) {
  RuleMerges best;
  std::size_t fewest = VDT_RULE_FIELDS + 1;
  for (const auto& order : orders_of(sets, fields)) {
    Merger merger(rules, sets, fields, each_packet, most_pairs);
    RuleMerges merges = merger.merge(order);
    if (merger.groups() >= fewest) continue;
    fewest = merger.groups();
    best = std::move(merges);
    if (fewest <= 1) break;
  }
  return best;
}

}  // namespace vedette
