#include "replay/replay_clock.h"

#include <algorithm>

namespace vedette {

namespace {

constexpr std::int64_t kOutOfOrderNs = 1'000'000'000;
// No entry of a policy lives longer. Damaged times, centuries ahead, would use up the clock's 64 bits.
constexpr std::int64_t kLongestStepNs = 3'660LL * 86'400 * 1'000'000'000;

}  // namespace

std::uint64_t ReplayClock::at(Nanoseconds time) {
  const auto capture_ns = static_cast<std::uint64_t>(time.count());
  if (!begun_) offset_ns_ = now_ns_ - capture_ns;
  begun_ = true;
  const auto ahead = static_cast<std::int64_t>(capture_ns + offset_ns_ - now_ns_);
  if (ahead < 0 && ahead >= -kOutOfOrderNs) {
    out_of_order_++;
    return now_ns_;
  }
  if (ahead < 0) went_back_++;
  now_ns_ += static_cast<std::uint64_t>(std::clamp<std::int64_t>(ahead, 0, kLongestStepNs));
  offset_ns_ = now_ns_ - capture_ns;
  return now_ns_;
}

}  // namespace vedette
