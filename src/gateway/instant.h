// A moment by both clocks: what passes is judged by the one that nobody sets, what is told is the other's.
#pragma once

#include "base/units.h"

namespace vedette {

struct Instant {
  Nanoseconds steady;  // since boot
  Nanoseconds wall;    // since the epoch

  [[nodiscard]] static Instant now() {
    return {std::chrono::steady_clock::now().time_since_epoch(),
            std::chrono::system_clock::now().time_since_epoch()};
  }
};

}  // namespace vedette
