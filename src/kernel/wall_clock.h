// From the kernel's CLOCK_MONOTONIC to the wall clock. The offset between both drifts and jumps (NTP, a
// person setting the clock, suspend), so it is measured again and again, each time bracketed: the
// realtime clock is read between two monotonic readings, and the closest pair of several counts.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/units.h"

namespace vedette {

// One thread at a time.
class WallClock {
 public:
  WallClock() { measure(); }

  // Measures the offset anew; takes some microseconds.
  void measure();

  // Nanoseconds since the epoch of a moment on CLOCK_MONOTONIC.
  [[nodiscard]] Nanoseconds at(std::uint64_t monotonic_ns) const {
    return Nanoseconds(static_cast<std::int64_t>(monotonic_ns) + offset_ns_);
  }

  // The other way round; 0 for moments before this machine started.
  [[nodiscard]] Nanoseconds monotonic(Nanoseconds since_epoch) const {
    return std::max(Nanoseconds(0), since_epoch - Nanoseconds(offset_ns_));
  }

  [[nodiscard]] static std::uint64_t monotonic_now_ns();

 private:
  std::int64_t offset_ns_ = 0;
};

}  // namespace vedette
