// The policies in force, before, and on trial, and the rules found by themselves, in a file, so that a daemon
// that comes after this one goes on with them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/units.h"

namespace vedette {

// A rule that was found by itself.
struct KeptRule {
  std::string text;     // a policy of this rule alone
  Nanoseconds until{};  // since the epoch
};

struct PolicyState {
  std::optional<std::string> running;        // as it was given; nothing: none
  std::optional<std::string> previous;       // what a rollback goes back to; empty: to none
  Nanoseconds applied{};                     // since the epoch
  std::optional<Nanoseconds> confirm_until;  // since the epoch; nothing: it is in force for good
  std::vector<KeptRule> armed;               // behind the policy
  std::optional<std::string> shadow;         // counts beside it what it would do; nothing: none
  Nanoseconds shadowed{};                    // since the epoch, when that was begun
};

// The state that is kept; an empty one where there is no file. Unusable, with line and column, where it isn't
// one of ours.
[[nodiscard]] Result<PolicyState> kept_policy_state(const std::filesystem::path& file);

// Writes it beside the file and puts it in its place at once.
[[nodiscard]] Result<void> keep_policy_state(const std::filesystem::path& file, const PolicyState& state);

}  // namespace vedette
