// What `vedette policy check` and `vedette policy diff` print.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/policy_diff.h"
#include "policy/policy_explain.h"
#include "policy/policy_flaw.h"

namespace vedette {

// For people: a line for each entry and rule, then the warnings.
[[nodiscard]] std::string explanation_text(const PolicyExplanation& explanation, std::string_view file);
// An object a line; its `kind` is "rule" or "warning".
[[nodiscard]] std::string explanation_json(const PolicyExplanation& explanation);
// Likewise; `kind` "error", with line and column.
[[nodiscard]] std::string flaws_json(const std::vector<PolicyFlaw>& flaws);

[[nodiscard]] std::string differences_text(const std::vector<PolicyDifference>& differences);
[[nodiscard]] std::string differences_json(const std::vector<PolicyDifference>& differences);

}  // namespace vedette
