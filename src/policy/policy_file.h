// policy.yaml (docs/man/vedette-policy.yaml.5) to a Policy. Strict: what isn't understood wholly is refused,
// and all flaws are told at once, each with its line and column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/policy.h"
#include "policy/policy_flaw.h"

namespace vedette {

// Of the file; `version:` must say it.
inline constexpr unsigned kPolicyVersion = 1;

// Bytes: a million entries of 64.
inline constexpr std::size_t kLongestPolicy = 64 << 20;

struct ReadPolicy {
  Policy policy;                  // of use only where there are no flaws
  std::vector<PolicyFlaw> flaws;  // in the file's order
};

// Any thread.
[[nodiscard]] ReadPolicy parse_policy(std::string_view text);

// A whole file's text. Unusable where it can't be read or is too long.
[[nodiscard]] Result<std::string> policy_file_text(const std::string& path);

// The same as one Result: flaws are an error (unusable) that names `file`.
[[nodiscard]] Result<Policy> read_policy(std::string_view text, std::string_view file);

}  // namespace vedette
