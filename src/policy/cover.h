// Which packets rules have in common, by their words alone.
#pragma once

#include <string>

#include "policy/policy.h"

namespace vedette {

// True only where every packet that `narrow` takes is taken by `wide` too. (False also where only several of
// the wide one's values together would do, as two halves of a network.)
[[nodiscard]] bool covers(const Match& wide, const Match& narrow);

// False only where nothing can be what both ask: by addresses, the destination's port, protocol and places.
[[nodiscard]] bool may_meet(const Match& one, const Match& other);

// Why no packet can be what the match asks; empty where one may.
[[nodiscard]] std::string contradiction(const Match& match);

}  // namespace vedette
