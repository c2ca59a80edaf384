// What one policy has that another hasn't, by the rules' names.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"

namespace vedette {

enum class PolicyChange { kCame, kWent, kChanged, kMoved };

struct PolicyDifference {
  PolicyChange change = PolicyChange::kCame;
  std::string part;  // "allow", "block", "rule", "protocol", "response"
  std::string name;  // of the rule or protocol, or the entry's prefix; "most_blocks"
  std::string was;   // one sentence each; empty where it came or went
  std::string is;
};

// "came", "went", "changed", "moved".
[[nodiscard]] std::string_view policy_change_name(PolicyChange change);

// In the order allow, block, rules, protocols, response. A rule or protocol is said to have moved where as
// few rules as possible are, so that the others kept their order.
[[nodiscard]] std::vector<PolicyDifference> differences(const Policy& from, const Policy& to);

}  // namespace vedette
