// From a key's hash to the numbers of the flows that may have it: open addressing with linear probing, eight
// bytes a place, so that a look-up touches one cache line as a rule and growing reads no flow. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "flow/huge_array.h"

namespace vedette {

class FlowIndex {
 public:
  static constexpr std::uint32_t kNone = 0;

  // The number for which `is_it(number)` holds among those filed under `hash`, or kNone.
  template <typename IsIt>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, IsIt&& is_it) const {
    const auto tag = tag_of(hash);
    for (std::size_t at = tag & mask_; places_[at].number != kNone; at = (at + 1) & mask_)
      if (places_[at].tag == tag && is_it(places_[at].number)) return places_[at].number;
    return kNone;
  }

  // `number` is not kNone and not filed yet.
  void insert(std::uint64_t hash, std::uint32_t number) {
    if ((size_ + 1) * 16 > places_.size() * 13) grow();
    place(tag_of(hash), number);
    size_++;
  }

  // Closes the gap by moving later places of the run back, so that no look-up ever meets a grave.
  void erase(std::uint64_t hash, std::uint32_t number) {
    std::size_t gap = tag_of(hash) & mask_;
    while (places_[gap].number != number) gap = (gap + 1) & mask_;
    for (std::size_t at = (gap + 1) & mask_; places_[at].number != kNone; at = (at + 1) & mask_) {
      const std::size_t home = places_[at].tag & mask_;
      if (((at - home) & mask_) >= ((at - gap) & mask_)) {
        places_[gap] = places_[at];
        gap = at;
      }
    }
    places_[gap] = {};
    size_--;
  }

  void clear() {
    std::ranges::fill(places_, Place{});
    size_ = 0;
  }

  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&places_[tag_of(hash) & mask_]); }

  // The first number filed under a hash that looks like `hash`, or kNone: likely what find() will give.
  [[nodiscard]] std::uint32_t likely(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t memory() const { return places_.size() * sizeof(Place); }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Place& place : places_)
      if (place.number != kNone) visit(place.number);
  }

 private:
  struct Place {
    std::uint32_t tag = 0;
    std::uint32_t number = kNone;
  };

  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

  void place(std::uint32_t tag, std::uint32_t number) {
    std::size_t at = tag & mask_;
    while (places_[at].number != kNone) at = (at + 1) & mask_;
    places_[at] = {tag, number};
  }

  void grow() {
    const HugeArray<Place> old = std::exchange(places_, HugeArray<Place>(places_.size() * 2));
    mask_ = places_.size() - 1;
    for (const Place& kept : old)
      if (kept.number != kNone) place(kept.tag, kept.number);
  }

  HugeArray<Place> places_{1024};
  std::size_t mask_ = 1023;
  std::size_t size_ = 0;
};

}  // namespace vedette
