// Which of all ports there were, exactly, in 8 KiB.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace vedette {

class SeenPorts {
 public:
  void add(std::uint16_t port) {
    distinct_ += !seen_[port];
    seen_[port] = true;
  }
  [[nodiscard]] std::uint32_t distinct() const { return distinct_; }

 private:
  std::bitset<65'536> seen_;
  std::uint32_t distinct_ = 0;
};

}  // namespace vedette
