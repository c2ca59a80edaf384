// The rules of a policy's file: what a packet must be, and what becomes of it then.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/named_sets.h"
#include "policy/policy.h"
#include "policy/yaml_members.h"

namespace vedette {

// The kernel takes no more of one rule (VDT_RULE_RATES).
inline constexpr std::size_t kRatesOfRule = 2;
// Bytes: what an entry of a list holds (VDT_LIST_REASON); of a rule as much as a line.
inline constexpr std::size_t kLongestReason = 79;

// Reads rules and what looks like rules; names are unique among all that one reader has read. One thread.
class RuleReader {
 public:
  // Both must outlive this.
  RuleReader(YamlMembers& yaml, const NamedSets& sets) : yaml_(yaml), sets_(sets) {}

  // `rules:`; `rates:`, whose entries are rules with a limit; `services:`, each of which makes several.
  [[nodiscard]] std::vector<Rule> rules(const YAML::Node& node);
  [[nodiscard]] std::vector<Rule> rates(const YAML::Node& node);
  [[nodiscard]] std::vector<Rule> services(const YAML::Node& node);

  // A name; empty, with a flaw, where it is none.
  [[nodiscard]] std::string name(const YAML::Node& node, std::string_view what);
  // False, with a flaw, where there is such a name already.
  bool is_new(const YAML::Node& node, const std::string& name);

 private:
  [[nodiscard]] Match match(const YAML::Node& node);
  void packet_fields(const YAML::Node& node, Match& match);
  void verdict(const YAML::Node& node, Rule& rule);
  void verdict_with_value(const YAML::Node& node, Rule& rule);
  [[nodiscard]] std::vector<Rate> limits(const YAML::Node& node);
  void limit(const YAML::Node& node, std::vector<Rate>& rates);
  [[nodiscard]] std::string interface(const YAML::Node& node);

  YamlMembers& yaml_;
  const NamedSets& sets_;
  std::set<std::string, std::less<>> names_;
};

// The reason in a rule, entry or profile; empty, with a flaw, where it can't be told in a line.
[[nodiscard]] std::string read_reason(YamlMembers& yaml, const YAML::Node& node);

}  // namespace vedette
