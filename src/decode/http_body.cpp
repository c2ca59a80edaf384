#include "decode/http_body.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "decode/text.h"

namespace vedette {

namespace {

using End = HttpBody::End;

constexpr std::size_t kMostLength = std::size_t{1} << 40;  // bytes; more is no length

std::optional<std::size_t> number(std::string_view digits, int base) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (parsed.ec != std::errc{} || value > kMostLength) return {};
  return value;
}

// The trailer's fields, up to an empty line.
HttpBody after_last_chunk(std::string_view text, std::size_t size) {
  while (const auto line = take_line(text))
    if (line->empty()) return {End::kKnown, size - text.size()};
  return {End::kMore, size + 1};
}

// RFC 9112 §7.1.
HttpBody chunked(std::size_t begin, std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kCrlf = 2;
  std::string_view text = text_of(bytes.subspan(begin));
  for (;;) {
    const auto line = take_line(text);
    if (!line) return {End::kMore, bytes.size() + 1};
    const auto size = number(line->substr(0, line->find_first_of("; \t")), 16);
    if (!size) return {};
    if (*size == 0) return after_last_chunk(text, bytes.size());
    const std::size_t end = bytes.size() - text.size() + *size;
    if (text.size() <= *size) return {End::kMore, std::max(end, bytes.size()) + kCrlf};
    text.remove_prefix(*size);
    if (!text.starts_with("\n") && !text.starts_with("\r")) return {};
    if (!take_line(text)) return {End::kMore, bytes.size() + 1};
  }
}

bool has_no_body(int status) {
  return status / 100 == 1 || status == 204 || status == 304;
}

}  // namespace

HttpBody http_body(const TextMessage& head, std::span<const std::uint8_t> bytes) {
  const bool response = head.kind == TextMessage::Kind::kResponse;
  if (response && has_no_body(head.status)) return {End::kKnown, head.size};
  const std::string* coding = head.field("Transfer-Encoding");
  if (coding && coding->size() >= 7 &&
      same_word(std::string_view(*coding).substr(coding->size() - 7), "chunked"))
    return chunked(head.size, bytes);
  if (coding) return {};
  const std::string* length = head.field("Content-Length");
  if (!length) return response ? HttpBody{} : HttpBody{End::kKnown, head.size};
  const auto size = number(*length, 10);
  if (!size) return {};
  const std::size_t end = head.size + *size;
  return {end <= bytes.size() ? End::kKnown : End::kAhead, end};
}

}  // namespace vedette
