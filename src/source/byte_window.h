// The part of a capture file that is at hand: all of it where the file could be mapped, a moving piece of a
// stream else. Readers of both formats take their bytes here.
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

// Owns a read-only mapping of a whole file. Any thread. A file that another process shortens while it is
// mapped ends this process by SIGBUS, as it does every program that maps files.
class FileMapping {
 public:
  // Nothing where the file can't be mapped: a pipe, an empty file, a file system without mappings.
  static std::optional<FileMapping> of(const FileDescriptor& file);
  FileMapping(FileMapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  FileMapping& operator=(FileMapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;
  ~FileMapping();

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  explicit FileMapping(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::span<const std::uint8_t> bytes_;
};

// One thread at a time.
class ByteWindow {
 public:
  explicit ByteWindow(FileMapping mapping);
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

  std::optional<FileMapping> mapping_;
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
