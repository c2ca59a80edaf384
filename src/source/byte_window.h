// The part of a capture file that is at hand: a moving piece of a stream, or memory. Readers of both formats
// take their bytes here. Files are read, not mapped: following records through a mapping, each header would
// be a wait for memory (0.25 s of CPU a gigabyte, against 0.16 s for reading it piece by piece).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "source/byte_stream.h"

namespace vedette {

// One thread at a time.
class ByteWindow {
 public:
  explicit ByteWindow(std::unique_ptr<ByteStream> stream);
  // Over memory that outlives the window.
  explicit ByteWindow(std::span<const std::uint8_t> bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  // The next `size` bytes, not passed yet; null where the input ends or fails before them. They stay valid
  // until release().
  [[nodiscard]] const std::uint8_t* peek(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) >= size) [[likely]]
      return at_;
    return refill(size) ? at_ : nullptr;
  }
  // Passes bytes that peek() gave.
  void pass(std::size_t size) {
    at_ += size;
    offset_ += size;
  }
  // Passes any number of bytes; false where the input ends before.
  bool skip(std::uint64_t size);

  // Of the next byte, from the (unpacked) input's start.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  // Bytes at hand: after a peek() that gave null, all that is left.
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  // Why the stream gave no more, where it was not its end.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  // What peek() gave before is no longer needed.
  void release() {
    if (!retired_.empty()) [[unlikely]]
      recycle();
  }

 private:
  bool refill(std::size_t size);
  void recycle();

  std::unique_ptr<ByteStream> stream_;
  std::vector<std::uint8_t> buffer_;
  std::vector<std::vector<std::uint8_t>> retired_;  // still read by who peeked
  std::vector<std::uint8_t> spare_;
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  std::uint64_t offset_ = 0;
  std::optional<Error> failure_;
};

}  // namespace vedette
