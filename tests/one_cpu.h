// What a CPU counts by itself adds up only for who stays on it.
#pragma once

#include <sched.h>

namespace vedette::tests {

// The calling thread, from now on; false, with errno set, where the machine refuses.
[[nodiscard]] inline bool stay_on_cpu(int cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(cpu), &only);
  return sched_setaffinity(0, sizeof only, &only) == 0;
}

}  // namespace vedette::tests
