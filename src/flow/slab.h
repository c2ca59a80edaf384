// Objects in fixed chunks, named by number: none ever moves, freed numbers are used again, and growing copies
// nothing. The flow table keeps its flows in one. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "flow/huge_array.h"

namespace vedette {

template <typename T>
class Slab {
 public:
  // Numbers start at 1: 0 is "none".
  using Number = std::uint32_t;

  // A fresh T's number; whatever it held before is gone.
  [[nodiscard]] Number take() {
    Number number = used_ + 1;
    if (free_.empty()) {
      // Made one by one: filling a chunk at once would push what is in use out of the caches.
      if (used_ == chunks_.size() * kChunk) chunks_.emplace_back(kChunk, typename HugeArray<T>::Unmade{});
      used_++;
    } else {
      number = free_.back();
      free_.pop_back();
    }
    std::construct_at(&(*this)[number]);
    return number;
  }

  void give_back(Number number) { free_.push_back(number); }

  T& operator[](Number number) { return chunks_[(number - 1) / kChunk][(number - 1) % kChunk]; }
  const T& operator[](Number number) const { return chunks_[(number - 1) / kChunk][(number - 1) % kChunk]; }

  // Gives back all numbers; keeps their room.
  void clear() {
    free_.clear();
    used_ = 0;
  }

  // No number is larger.
  [[nodiscard]] Number highest() const { return used_; }

  // Bytes held, used or not.
  [[nodiscard]] std::size_t memory() const {
    return chunks_.size() * (kChunk * sizeof(T) + sizeof(chunks_[0])) + free_.capacity() * sizeof(Number);
  }

 private:
  static constexpr std::size_t kChunk = HugeArray<T>::kHugePage / sizeof(T);
  std::vector<HugeArray<T>> chunks_;
  std::vector<Number> free_;
  Number used_ = 0;
};

}  // namespace vedette
