// What is wrong with a policy's file, all of it that was found at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vedette {

struct PolicyFlaw {
  std::uint32_t line = 0;  // from 1; 0: of the whole file
  std::uint32_t column = 0;
  std::string what;  // lower case, no full stop: what was expected and what was found
  std::string hint;  // may be empty
};

// More than these are told by none: one mistake may make many.
inline constexpr std::size_t kFlawsTold = 20;

// "policy.yaml: line 3, column 7: what (hint)".
[[nodiscard]] std::string flaw_text(const PolicyFlaw& flaw, std::string_view file);

// All of them as one error (unusable), a line each. At least one.
[[nodiscard]] Error flaws_error(const std::vector<PolicyFlaw>& flaws, std::string_view file);

}  // namespace vedette
