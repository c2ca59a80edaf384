// The wall clock, where it can be believed: a machine may start in 1970 or be set years ahead for a moment,
// and what is deleted for its age then doesn't come back.
#pragma once

#include <chrono>
#include <optional>

#include "base/units.h"

namespace vedette {

// One thread.
class TrustedClock {
 public:
  // `after`: for how long the wall clock must have run as the monotonic one does.
  explicit TrustedClock(Nanoseconds after) : after_(after) {}

  // The wall clock's time since the epoch, once it can be believed. `wall`, `steady`: what both say now.
  [[nodiscard]] std::optional<Nanoseconds> look(Nanoseconds wall, Nanoseconds steady) {
    constexpr Nanoseconds kSlack = std::chrono::seconds(60);  // what a clock may be adjusted by
    const Nanoseconds offset = wall - steady;
    if (!since_ || offset - offset_ > kSlack || offset_ - offset > kSlack) {
      since_ = steady;
      offset_ = offset;
    }
    if (steady - *since_ < after_) return std::nullopt;
    return wall;
  }

 private:
  Nanoseconds after_;
  std::optional<Nanoseconds> since_;  // when it last jumped
  Nanoseconds offset_{};
};

}  // namespace vedette
