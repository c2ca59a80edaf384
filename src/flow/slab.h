// Objects in fixed chunks, named by number: none ever moves, freed numbers are used again, and growing copies
// nothing. The flow table keeps its flows in one. One thread.
#pragma once

#include <cstdint>
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
    if (free_.empty()) {
      if (used_ == chunks_.size() * kChunk) chunks_.emplace_back(kChunk);
      return ++used_;
    }
    const Number number = free_.back();
    free_.pop_back();
    (*this)[number] = T{};
    return number;
  }

  void give_back(Number number) { free_.push_back(number); }

  T& operator[](Number number) { return chunks_[(number - 1) / kChunk][(number - 1) % kChunk]; }
  const T& operator[](Number number) const { return chunks_[(number - 1) / kChunk][(number - 1) % kChunk]; }

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
