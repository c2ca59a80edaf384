#include "decode/bencode.h"

#include <algorithm>
#include <charconv>

namespace vedette {

namespace {

constexpr int kDeepest = 8;
constexpr std::size_t kMostKeys = 64;

// "4:spam": takes it off `text` and gives "spam".
std::optional<std::string_view> take_string(std::string_view& text) {
  std::size_t length = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
  const auto digits = static_cast<std::size_t>(parsed.ptr - text.data());
  if (parsed.ec != std::errc{} || digits == text.size() || text[digits] != ':') return {};
  if (length > text.size() - digits - 1) return {};
  const std::string_view string = text.substr(digits + 1, length);
  text.remove_prefix(digits + 1 + length);
  return string;
}

bool take_integer(std::string_view& text) {
  const std::size_t end = text.find('e');
  if (end == std::string_view::npos || end < 2) return false;
  std::string_view digits = text.substr(1, end - 1);
  if (digits.starts_with('-')) digits.remove_prefix(1);
  text.remove_prefix(end + 1);
  return !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

// Takes any value off `text`.
bool take_value(std::string_view& text, int depth) {
  if (text.empty() || depth == kDeepest) return false;
  if (text.front() == 'i') return take_integer(text);
  if (text.front() != 'l' && text.front() != 'd') return take_string(text).has_value();
  const bool keyed = text.front() == 'd';
  text.remove_prefix(1);
  while (!text.starts_with('e')) {
    if (keyed && !take_string(text)) return false;
    if (!take_value(text, depth + 1)) return false;
  }
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<BencodeDictionary> BencodeDictionary::parse(std::string_view text) {
  if (!text.starts_with('d')) return {};
  text.remove_prefix(1);
  BencodeDictionary dictionary;
  while (!text.starts_with('e')) {
    const auto key = take_string(text);
    const std::string_view before = text;
    if (!key || !take_value(text, 0) || dictionary.values_.size() == kMostKeys) return {};
    dictionary.values_.emplace_back(*key, before.substr(0, before.size() - text.size()));
  }
  if (text.size() != 1) return {};
  return dictionary;
}

std::string_view BencodeDictionary::at(std::string_view key) const {
  const auto found = std::ranges::find(values_, key, &std::pair<std::string_view, std::string_view>::first);
  return found == values_.end() ? std::string_view{} : found->second;
}

std::optional<std::string_view> BencodeDictionary::text(std::string_view key) const {
  std::string_view value = at(key);
  return value.empty() ? std::nullopt : take_string(value);
}

std::optional<BencodeDictionary> BencodeDictionary::dictionary(std::string_view key) const {
  return parse(at(key));
}

}  // namespace vedette
