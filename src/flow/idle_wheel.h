// Finds idle flows without touching busy ones: buckets of time in a ring, each a list of flows by when they
// were last looked at. A packet moves nothing; only when a bucket's time is up are its flows looked at, and
// those that were active since go to the bucket of their last packet. So a flow costs one move in each idle
// time, and the longest idle flow stands in the oldest bucket. One thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/units.h"
#include "flow/table_entry.h"

namespace vedette {

class IdleWheel {
 public:
  // Flows of this wheel end when idle for more than `limit` (above 0). `entries` must outlive the wheel.
  IdleWheel(Entries& entries, Nanoseconds limit);

  [[nodiscard]] Nanoseconds limit() const { return limit_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  // Files a flow by its last packet's time.
  void insert(std::uint32_t number);
  void remove(std::uint32_t number);

  // Removes all.
  void clear();

  // The next flow that is idle at `now`, or 0; it stays filed. Looks at no more than `budget` flows, and
  // takes those looked at off it.
  [[nodiscard]] std::uint32_t next_idle(Nanoseconds now, std::size_t& budget);

  // The time went back to `now`: flows filed for later are looked at within one turn of the wheel.
  void step_back(Nanoseconds now);

  // The flow idle for longest, to a bucket's width (limit / 256), or 0 where the wheel is empty. Looks at a
  // bounded number of flows.
  [[nodiscard]] std::uint32_t idlest();

 private:
  static constexpr std::int64_t kBuckets = 258;
  static constexpr std::int64_t kBucketsALimit = 256;

  struct Bucket {
    std::uint32_t head = 0;
    std::uint32_t tail = 0;
  };

  [[nodiscard]] std::int64_t tick_of(Nanoseconds time) const { return time / width_; }
  void file(std::uint32_t number, std::int64_t lowest_tick);

  Entries& entries_;
  Nanoseconds limit_;
  Nanoseconds width_;
  std::int64_t cursor_ = 0;  // tick of the oldest bucket that may hold flows
  std::size_t size_ = 0;
  std::array<Bucket, kBuckets> buckets_{};
};

}  // namespace vedette
