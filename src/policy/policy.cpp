#include "policy/policy.h"

#include <utility>

namespace vedette {

namespace {

void add_list(const std::vector<PolicySource>& sources, const char* name, RuleVerdict verdict, bool observe,
              std::vector<Rule>& rules) {
  Rule rule;
  rule.name = name;
  rule.verdict = verdict;
  rule.observe = observe;
  for (const PolicySource& source : sources)
    if (source.observe == observe) rule.match.source.push_back(source.prefix);
  if (!rule.match.source.empty()) rules.push_back(std::move(rule));
}

}  // namespace

Policy shadow_of(const Policy& policy) {
  Policy shadow;
  add_list(policy.allow, "(allow)", RuleVerdict::kPass, false, shadow.rules);
  add_list(policy.block, "(block, observe)", RuleVerdict::kDrop, true, shadow.rules);
  add_list(policy.block, "(block)", RuleVerdict::kDrop, false, shadow.rules);
  shadow.rules.insert(shadow.rules.end(), policy.rules.begin(), policy.rules.end());
  shadow.protocols = policy.protocols;
  const auto mark = [](auto& one) {
    one.name.insert(one.name.begin(), kShadowed);
    one.shadow = true;
  };
  for (Rule& rule : shadow.rules) mark(rule);
  for (ProtocolEntry& entry : shadow.protocols) mark(entry);
  return shadow;
}

}  // namespace vedette
