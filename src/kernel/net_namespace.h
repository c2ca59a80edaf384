// Which network namespace we are in, as the kernel's programs see it.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace vedette {

// The cookie of the calling thread's network namespace: a number that is not reused while the host runs
// (5.14).
[[nodiscard]] Result<std::uint64_t> own_netns_cookie();

}  // namespace vedette
