#include "decode/dialogue.h"

#include <algorithm>

namespace vedette {

namespace {

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool same_letter(char one, char other) {
  return upper(one) == upper(other);
}

}  // namespace

bool begins_with_word(std::string_view text, std::string_view word) {
  if (!std::ranges::equal(text.substr(0, word.size()), word, same_letter)) return false;
  text.remove_prefix(word.size());
  return text.empty() || text.front() == ' ' || text.front() == '\t';
}

bool mentions(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same_letter) != text.end();
}

std::string upper_case(std::string_view text) {
  std::string all(text);
  std::ranges::transform(all, all.begin(), upper);
  return all;
}

std::string_view argument_of(std::string_view line) {
  const std::size_t blank = line.find(' ');
  return blank == std::string_view::npos ? std::string_view{} : trimmed(line.substr(blank));
}

bool goes_on_in_tls(std::string_view rest) {
  return rest.starts_with("\x16\x03");
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace vedette
