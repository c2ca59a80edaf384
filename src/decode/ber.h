// Elements of BER and DER (X.690 §8.1) with tags of one byte and definite lengths, out of hostile bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "decode/byte_reader.h"

namespace vedette {

enum BerTag : std::uint8_t {
  kBerInteger = 0x02,
  kBerOctets = 0x04,
  kBerEnumerated = 0x0a,
  kBerSequence = 0x30,
};
// A context-specific constructed tag: "[3]" of an ASN.1 module with explicit tags.
[[nodiscard]] constexpr std::uint8_t ber_context(unsigned number) {
  return static_cast<std::uint8_t>(0xa0 | number);
}

struct BerElement {
  std::uint8_t tag = 0;
  std::span<const std::uint8_t> content;
};

// How long the element is that begins here, by its header.
struct BerExtent {
  enum class State : std::uint8_t { kBad, kMore, kKnown };
  State state = State::kBad;
  std::size_t header = 0;   // bytes; with kMore, bytes to wait for
  std::size_t content = 0;  // bytes
};

[[nodiscard]] inline BerExtent ber_extent(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kMostLengthBytes = 4;
  using State = BerExtent::State;
  if (bytes.size() < 2) return {.state = State::kMore, .header = 2};
  const std::size_t first = bytes[1];
  if (first < 0x80) return {.state = State::kKnown, .header = 2, .content = first};
  const std::size_t count = first & 0x7f;
  if (count == 0 || count > kMostLengthBytes) return {};
  if (bytes.size() < 2 + count) return {.state = State::kMore, .header = 2 + count};
  std::size_t size = 0;
  for (const std::uint8_t byte : bytes.subspan(2, count)) size = size << 8 | byte;
  return {.state = State::kKnown, .header = 2 + count, .content = size};
}

// Reads elements one behind another; once one is damaged or lies outside, the rest reads as empty.
class BerReader {
 public:
  explicit BerReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] bool failed() const { return failed_; }
  // Of the next element; 0 where there is none.
  [[nodiscard]] std::uint8_t tag() const { return bytes_.empty() ? 0 : bytes_[0]; }

  BerElement next() {
    const BerExtent extent = ber_extent(bytes_);
    if (extent.state != BerExtent::State::kKnown || extent.content > bytes_.size() - extent.header) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const BerElement element{.tag = bytes_[0], .content = bytes_.subspan(extent.header, extent.content)};
    bytes_ = bytes_.subspan(extent.header + extent.content);
    return element;
  }
  // The next element's content if it has this tag; else nothing, and the element stays.
  std::optional<std::span<const std::uint8_t>> take(std::uint8_t wanted) {
    if (tag() != wanted || bytes_.empty()) return {};
    const BerElement element = next();
    if (failed_) return {};
    return element.content;
  }
  // The same of an integer of up to eight bytes, or an enumeration.
  std::optional<std::int64_t> take_number(std::uint8_t wanted = kBerInteger) {
    const auto content = take(wanted);
    if (!content || content->empty() || content->size() > sizeof(std::int64_t)) return {};
    std::int64_t value = ((*content)[0] & 0x80) != 0 ? -1 : 0;
    for (const std::uint8_t byte : *content)
      value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << 8 | byte);
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool failed_ = false;
};

}  // namespace vedette
