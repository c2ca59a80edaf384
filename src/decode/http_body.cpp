#include "decode/http_body.h"

#include <algorithm>
#include <charconv>

#include "decode/text.h"

namespace vedette {

namespace {

using End = HttpBody::End;

constexpr std::size_t kMostLength = std::size_t{1} << 40;  // bytes; more is no length

bool has_no_body(int status) {
  return status / 100 == 1 || status == 204 || status == 304;
}

}  // namespace

std::optional<std::size_t> content_length(std::string_view digits) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc{} || value > kMostLength) return {};
  return value;
}

HttpBody http_body(const TextMessage& head, std::span<const std::uint8_t> bytes) {
  const bool response = head.kind == TextMessage::Kind::kResponse;
  if (response && has_no_body(head.status)) return {End::kKnown, head.size};
  const std::string* coding = head.field("Transfer-Encoding");
  if (coding && coding->size() >= 7 &&
      same_word(std::string_view(*coding).substr(coding->size() - 7), "chunked"))
    return {End::kChunked, head.size};
  if (coding) return {};
  const std::string* length = head.field("Content-Length");
  if (!length) return response ? HttpBody{} : HttpBody{End::kKnown, head.size};
  const auto size = content_length(*length);
  if (!size) return {};
  const std::size_t end = head.size + *size;
  return {end <= bytes.size() ? End::kKnown : End::kAhead, end};
}

}  // namespace vedette
