#include "policy/near_word.h"

#include <algorithm>
#include <vector>

namespace vedette {

namespace {

constexpr std::size_t kLongest = 64;  // letters; longer ones are no typing errors

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); j++) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); i++) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); j++) {
      const std::size_t exchanged = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, exchanged});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view text, std::span<const std::string_view> words) {
  if (text.empty() || text.size() > kLongest) return {};
  std::string_view nearest;
  std::size_t least = kLongest;
  for (const std::string_view word : words) {
    if (word.size() > kLongest) continue;
    const std::size_t apart = distance(text, word);
    if (apart > std::max<std::size_t>(1, word.size() / 3) || apart >= least || apart >= word.size()) continue;
    nearest = word;
    least = apart;
  }
  return nearest;
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> words) {
  const std::string_view word = nearest_word(text, words);
  return word.empty() ? std::string() : "did you mean " + std::string(word);
}

}  // namespace vedette
