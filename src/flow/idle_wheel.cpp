#include "flow/idle_wheel.h"

#include <algorithm>

namespace vedette {

IdleWheel::IdleWheel(Entries& entries, Nanoseconds limit)
    : entries_(entries), limit_(limit), width_(std::max(limit / kBucketsALimit, Nanoseconds(1))) {}

void IdleWheel::insert(std::uint32_t number) {
  if (size_ == 0) cursor_ = tick_of(entries_[number].flow.last);
  size_++;
  file(number, cursor_);
}

void IdleWheel::file(std::uint32_t number, std::int64_t lowest_tick) {
  TableEntry& entry = entries_[number];
  const std::int64_t tick = std::clamp(tick_of(entry.flow.last), lowest_tick, cursor_ + kBuckets - 1);
  entry.bucket = static_cast<std::uint16_t>(tick % kBuckets);
  Bucket& bucket = buckets_[entry.bucket];
  entry.previous = bucket.tail;
  entry.next = 0;
  if (bucket.tail != 0)
    entries_[bucket.tail].next = number;
  else
    bucket.head = number;
  bucket.tail = number;
}

void IdleWheel::remove(std::uint32_t number) {
  TableEntry& entry = entries_[number];
  Bucket& bucket = buckets_[entry.bucket];
  if (entry.previous != 0)
    entries_[entry.previous].next = entry.next;
  else
    bucket.head = entry.next;
  if (entry.next != 0)
    entries_[entry.next].previous = entry.previous;
  else
    bucket.tail = entry.previous;
  size_--;
}

void IdleWheel::clear() {
  buckets_.fill({});
  size_ = 0;
}

std::uint32_t IdleWheel::next_idle(Nanoseconds now, std::size_t& budget) {
  if (size_ == 0) return 0;
  const std::int64_t due = tick_of(now - limit_);  // flows last active before this tick are idle
  cursor_ = std::max(cursor_, due - kBuckets);     // one turn looks at every bucket
  for (; cursor_ < due; cursor_++) {
    while (const std::uint32_t number = buckets_[cursor_ % kBuckets].head) {
      if (budget == 0) return 0;
      budget--;
      if (now - entries_[number].flow.last > limit_) return number;
      remove(number);
      size_++;
      file(number, cursor_ + 1);
    }
  }
  return 0;
}

void IdleWheel::step_back(Nanoseconds now) {
  cursor_ = std::max<std::int64_t>(std::min(cursor_, tick_of(now - limit_)), 0);
}

std::uint32_t IdleWheel::idlest() {
  constexpr int kLookedAt = 64;
  std::uint32_t number = 0;
  for (int looked = 0; size_ > 0 && looked < kLookedAt; looked++) {
    while (buckets_[cursor_ % kBuckets].head == 0) cursor_++;
    number = buckets_[cursor_ % kBuckets].head;
    if (tick_of(entries_[number].flow.last) <= cursor_) return number;
    remove(number);
    size_++;
    file(number, cursor_ + 1);
  }
  return number;
}

}  // namespace vedette
