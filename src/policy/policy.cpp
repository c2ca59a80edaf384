#include "policy/policy.h"

namespace vedette {

Policy observed(Policy policy) {
  for (PolicySource& block : policy.block) block.observe = true;
  for (Rule& rule : policy.rules) rule.observe = true;
  for (ProtocolEntry& entry : policy.protocols) entry.observe = entry.verdict != RuleVerdict::kPass;
  return policy;
}

}  // namespace vedette
