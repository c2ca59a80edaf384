// Whom the gateway runs as: a user of its own, without any capability.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"

namespace vedette {

struct ProcessUser {
  std::string name;  // empty: a number that no user has
  uid_t uid = 0;
  gid_t gid = 0;
};

// A user by name, or by number, which needn't be anybody's. Unusable where there is none, or it is root.
[[nodiscard]] Result<ProcessUser> find_user(const std::string& text);

// From root: becomes that user, with its groups, for good. One thread alone may run.
[[nodiscard]] Result<void> become(const ProcessUser& user);

// Gives up all capabilities for good, and the right to gain any by exec; no other process of the user may
// look into this one. One thread alone may run.
[[nodiscard]] Result<void> give_up_capabilities();

}  // namespace vedette
