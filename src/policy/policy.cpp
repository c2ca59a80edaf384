#include "policy/policy.h"

namespace vedette {

Policy observed(Policy policy) {
  for (PolicySource& block : policy.block) block.observe = true;
  for (Rule& rule : policy.rules) rule.observe = true;
  if (!(policy.protocols == ProtocolPolicy())) policy.protocols.observe = true;
  return policy;
}

}  // namespace vedette
