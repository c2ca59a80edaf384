// What others sent, as a sentence quotes it.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

// In double quotes, without what isn't printable ASCII, at most `most` letters and then "…".
[[nodiscard]] inline std::string in_quotes(std::string_view text, std::size_t most = 80) {
  std::string out = "\"";
  for (const char letter : text.substr(0, most)) out += letter >= ' ' && letter <= '~' ? letter : '?';
  out += text.size() > most ? "…\"" : "\"";
  return out;
}

}  // namespace vedette
