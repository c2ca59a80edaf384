// Writes numbers as protocols have them: in network byte order, one after another, with lengths filled in
// where they are known later.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace vedette {

// One thread.
class NetworkWriter {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit NetworkWriter(std::vector<std::uint8_t>& out) : out_(out) {}

  // The lowest `bytes` (1 … 8) of `number`.
  void number(std::uint64_t number, std::size_t bytes) {
    assert(bytes >= 1 && bytes <= 8);
    for (std::size_t i = bytes; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
  }
  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint64_t value) { number(value, 2); }
  void u32(std::uint64_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void bytes(std::span<const std::uint8_t> value) { out_.insert(out_.end(), value.begin(), value.end()); }
  void zeros(std::size_t count) { out_.insert(out_.end(), count, 0); }

  [[nodiscard]] std::size_t size() const { return out_.size(); }
  // The 16 bits at `at`, which were written before.
  void put_u16(std::size_t at, std::size_t value) {
    assert(at + 2 <= out_.size() && value <= 0xffff);
    out_[at] = static_cast<std::uint8_t>(value >> 8);
    out_[at + 1] = static_cast<std::uint8_t>(value);
  }

 private:
  std::vector<std::uint8_t>& out_;
};

}  // namespace vedette
