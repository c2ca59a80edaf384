#include "decode/dialogue.h"

#include <algorithm>

namespace vedette {

bool begins_with_word(std::string_view text, std::string_view word) {
  if (!same_word(text.substr(0, word.size()), word)) return false;
  text.remove_prefix(word.size());
  return text.empty() || text.front() == ' ' || text.front() == '\t';
}

bool mentions(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same_letter) != text.end();
}

std::string_view argument_of(std::string_view line) {
  const std::size_t blank = line.find(' ');
  return blank == std::string_view::npos ? std::string_view{} : trimmed(line.substr(blank));
}

bool goes_on_in_tls(std::string_view rest) {
  return rest.starts_with("\x16\x03");
}

}  // namespace vedette
