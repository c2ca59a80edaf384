// When a behaviour that goes on is to be raised again: not for each of its packets, which may be millions.
#pragma once

#include <cstdint>

#include "base/units.h"
#include "detect/finding.h"

namespace vedette {

class Telling {
 public:
  // True, and taken as told: at first, when it grew by an eighth or graver, or a second after the last time.
  bool is_due(Nanoseconds now, std::uint64_t size, Severity severity) {
    if (told_ && size < size_ + size_ / 8 + 1 && severity <= severity_ && now - time_ < kEvery) return false;
    told_ = true;
    time_ = now;
    size_ = size;
    severity_ = severity;
    return true;
  }

 private:
  static constexpr Nanoseconds kEvery = std::chrono::seconds(1);

  Nanoseconds time_{};
  std::uint64_t size_ = 0;
  Severity severity_ = Severity::kInfo;
  bool told_ = false;
};

}  // namespace vedette
