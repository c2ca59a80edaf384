// The rules of a policy's file: what a packet must be, and what becomes of it then.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/named_sets.h"
#include "policy/policy.h"
#include "policy/protocol_entry.h"
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

  // `rules:`, of which those that ask for an application are told by take_app_rules(); `rates:`, whose
  // entries are rules with a limit; `services:`, each of which makes several.
  [[nodiscard]] std::vector<Rule> rules(const YAML::Node& node);
  [[nodiscard]] std::vector<Rule> rates(const YAML::Node& node);
  [[nodiscard]] std::vector<Rule> services(const YAML::Node& node);

  // The rules that ask what a connection speaks, in their order: the first of the protocol policy.
  [[nodiscard]] std::vector<ProtocolEntry> take_app_rules() { return std::exchange(app_rules_, {}); }

  // Counts an entry of the protocol policy; one more than the kernel takes is a flaw.
  void bound(const YAML::Node& node, const ProtocolEntry& entry);

  // What a connection must be, by who began it.
  [[nodiscard]] Match connection_match(const YAML::Node& node);
  // Applications: "ssh", "ssh 2.0".
  void apps(const YAML::Node& node, std::vector<AppMatch>& apps);

  // What is done with connections that speak something.
  void verdict_of_connections(const YAML::Node& node, ProtocolEntry& entry);

  // A name; empty, with a flaw, where it is none.
  [[nodiscard]] std::string name(const YAML::Node& node, std::string_view what);
  // False, with a flaw, where there is such a name already.
  bool is_new(const YAML::Node& node, const std::string& name);

 private:
  // A rule as the file has it.
  struct Written {
    YAML::Node node;
    Rule rule;
    std::vector<AppMatch> apps;
  };

  // `apps`: where applications may be asked for; else they are a flaw.
  [[nodiscard]] Match match(const YAML::Node& node, std::vector<AppMatch>* apps = nullptr);
  void packet_fields(const YAML::Node& node, Match& match, std::vector<AppMatch>* apps);
  [[nodiscard]] std::vector<YamlMembers::Member> connection_members(Match& match);
  void of_connections(const YAML::Node& node, const Match& match);
  void take_app_rule(const Written& written);
  void keep_order(const std::vector<Written>& written);
  void verdict(const YAML::Node& node, Rule& rule);
  void verdict_with_value(const YAML::Node& node, Rule& rule);
  [[nodiscard]] std::vector<Rate> limits(const YAML::Node& node);
  void limit(const YAML::Node& node, std::vector<Rate>& rates);
  [[nodiscard]] std::string interface(const YAML::Node& node);

  YamlMembers& yaml_;
  const NamedSets& sets_;
  std::set<std::string, std::less<>> names_;
  std::vector<ProtocolEntry> app_rules_;
  std::size_t entries_ = 0, rows_ = 0;  // of the protocol policy
};

// The reason in a rule, entry or profile; empty, with a flaw, where it can't be told in a line.
[[nodiscard]] std::string read_reason(YamlMembers& yaml, const YAML::Node& node);

}  // namespace vedette
