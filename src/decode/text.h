// Bytes of protocols that speak in lines of text.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vedette {

[[nodiscard]] inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Takes the next line off `text`, without its CRLF or LF; nothing, and `text` as it was, where it has no end.
[[nodiscard]] inline std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {};
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Takes off `text` what stands before `separator`, and the separator; all of it where there is none.
[[nodiscard]] inline std::string_view take_until(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(taken.size() == text.size() ? taken.size() : taken.size() + 1);
  return taken;
}

// Printable ASCII, the blank included.
[[nodiscard]] inline bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

// Without blanks and tabs at either end.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// ASCII letters in any case.
[[nodiscard]] inline char upper_case(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}
[[nodiscard]] inline std::string upper_case(std::string_view text) {
  std::string all(text);
  for (char& letter : all) letter = upper_case(letter);
  return all;
}
[[nodiscard]] inline bool same_letter(char one, char other) {
  return upper_case(one) == upper_case(other);
}
[[nodiscard]] inline bool same_word(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, same_letter);
}

}  // namespace vedette
