// Looks at a sensor for tests of the live view, from answers as its API gives them.
#pragma once

#include <cstdint>
#include <string>

#include "cli/top/snapshot.h"

namespace vedette::top {

// A second's traffic after `seconds`: one TCP flow from 192.0.2.1 to 192.0.2.2:443 with `bytes` sent in all,
// one UDP flow over IPv6 that rests, two losses, one drop.
[[nodiscard]] Answers answers_after(std::uint64_t seconds, std::uint64_t bytes);
[[nodiscard]] Snapshot look_after(std::uint64_t seconds, std::uint64_t bytes);

}  // namespace vedette::top
