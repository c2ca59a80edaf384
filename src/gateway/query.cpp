#include "gateway/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vedette {

namespace {

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); at++) {
    unsigned byte = 0;
    if (text[at] == '%' && at + 2 < text.size() &&
        std::from_chars(text.data() + at + 1, text.data() + at + 3, byte, 16).ptr == text.data() + at + 3) {
      plain += static_cast<char>(byte);
      at += 2;
    } else {
      plain += text[at] == '+' ? ' ' : text[at];
    }
  }
  return plain;
}

}  // namespace

std::optional<std::string> query_text(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(one.find('='), one.size());
    if (one.substr(0, equals) == name) return decoded(one.substr(std::min(equals + 1, one.size())));
  }
  return std::nullopt;
}

Result<std::uint64_t> query_number(std::string_view query, std::string_view name, std::uint64_t otherwise,
                                   std::uint64_t lowest, std::uint64_t highest) {
  const auto text = query_text(query, name);
  if (!text) return otherwise;
  std::uint64_t number = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < lowest || number > highest)
    return unusable(
        fmt::format("parameter \"{}\"", name),
        fmt::format("expected a whole number from {} to {}, found \"{}\"", lowest, highest, *text));
  return number;
}

}  // namespace vedette
