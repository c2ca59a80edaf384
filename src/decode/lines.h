// One direction of a protocol that speaks in lines of text, read line by line. What is no line (binary bytes,
// one that is far too long) is told apart, so that a decoder can let go of a flow early.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "decode/text.h"

namespace vedette {

class Lines {
 public:
  // Longer lines aren't waited for: the longest that the mail protocols allow has 1,000 bytes (RFC 5321
  // §4.5.3.1), capability lists have some more.
  static constexpr std::size_t kLongestLine = 4096;

  explicit Lines(std::span<const std::uint8_t> bytes) : size_(bytes.size()), rest_(text_of(bytes)) {}

  // The next whole line without its CRLF or LF; nothing where its end isn't there yet, and from then on where
  // what stands here is no line of text.
  std::optional<std::string_view> next() {
    if (over_) return {};
    std::string_view behind = rest_;
    const auto line = take_line(behind);
    const std::string_view here = line.value_or(rest_);
    over_ = here.size() > kLongestLine || !is_text(here);
    if (over_ || !line) return {};
    rest_ = behind;
    return line;
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }
  // Bytes before rest().
  [[nodiscard]] std::size_t used() const { return size_ - rest_.size(); }
  // A line more can be there from so many bytes of the direction on.
  [[nodiscard]] std::size_t need() const { return size_ + 1; }
  // No line will follow, whatever comes.
  [[nodiscard]] bool over() const { return over_; }

  // No control characters but tabs, line ends and the escapes of coloured banners; any byte of UTF-8 or
  // Latin-1.
  [[nodiscard]] static bool is_text(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
      const auto byte = static_cast<std::uint8_t>(c);
      return byte >= 0x20 ? byte != 0x7f : byte == '\t' || byte == '\r' || byte == '\n' || byte == 0x1b;
    });
  }

 private:
  std::size_t size_;
  std::string_view rest_;
  bool over_ = false;
};

}  // namespace vedette
