// Reads fields out of hostile bytes, big-endian unless the name says otherwise: once something lies outside,
// everything after it reads as empty and `failed()` says so, so that a parser can read on and ask once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vedette {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(number(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::uint16_t little16() { return __builtin_bswap16(u16()); }
  std::uint32_t little24() { return __builtin_bswap32(u24()) >> 8; }
  std::uint32_t little32() { return __builtin_bswap32(u32()); }
  std::uint64_t little64() { return __builtin_bswap64(u64()); }

  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  // A vector with its length before it, of one or two bytes (RFC 8446 §3.4).
  std::span<const std::uint8_t> vector8() { return take(u8()); }
  std::span<const std::uint8_t> vector16() { return take(u16()); }

 private:
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(size)) value = value << 8 | byte;
    return value;
  }

  std::span<const std::uint8_t> bytes_;
  bool failed_ = false;
};

}  // namespace vedette
