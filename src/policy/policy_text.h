// A Policy as a policy.yaml, in one canonical form: sets, services and rates are spelled out as the entries
// and rules that they are. parse_policy() makes the same Policy of it.
#pragma once

#include <string>

#include "policy/policy.h"

namespace vedette {

[[nodiscard]] std::string policy_text(const Policy& policy);

// One rule in it, from its name on, indented by so many spaces.
[[nodiscard]] std::string rule_text(const Rule& rule, std::size_t indent = 0);

}  // namespace vedette
