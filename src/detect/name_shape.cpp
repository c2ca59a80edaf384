#include "detect/name_shape.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "decode/text.h"

namespace vedette {

namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

bool is_vowel(char letter) {
  constexpr std::string_view kVowels = "AEIOUY";
  return kVowels.find(upper_case(letter)) != std::string_view::npos;
}

bool is_letter(char letter) {
  return upper_case(letter) >= 'A' && upper_case(letter) <= 'Z';
}

}  // namespace

double letter_entropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<std::size_t, 256> counts{};
  for (const char letter : text) counts[static_cast<unsigned char>(letter)]++;
  double entropy = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    entropy -= share * std::log2(share);
  }
  return entropy;
}

std::string label_bytes(std::string_view below) {
  std::string bytes;
  for (std::size_t i = 0; i < below.size(); i++) {
    if (below[i] == '.') continue;
    if (below[i] != '\\' || i + 1 == below.size()) {
      bytes += below[i];
    } else if (i + 3 < below.size() && is_digit(below[i + 1]) && is_digit(below[i + 2]) &&
               is_digit(below[i + 3])) {
      bytes +=
          static_cast<char>((below[i + 1] - '0') * 100 + (below[i + 2] - '0') * 10 + (below[i + 3] - '0'));
      i += 3;
    } else {
      bytes += below[++i];
    }
  }
  return bytes;
}

std::size_t longest_label(std::string_view name) {
  std::size_t longest = 0;
  while (!name.empty()) longest = std::max(longest, label_bytes(take_until(name, '.')).size());
  return longest;
}

double generated_look(std::string_view label) {
  constexpr std::size_t kLeastLetters = 8;  // fewer are an abbreviation as often as not
  if (label.size() < kLeastLetters || label.starts_with("xn--")) return 0;
  std::size_t letters = 0, vowels = 0, run = 0, longest_run = 0, changes = 0;
  for (std::size_t i = 0; i < label.size(); i++) {
    if (is_letter(label[i])) letters++;
    if (is_vowel(label[i])) vowels++;
    run = is_letter(label[i]) && !is_vowel(label[i]) ? run + 1 : 0;
    longest_run = std::max(longest_run, run);
    if (i > 0 && is_digit(label[i]) != is_digit(label[i - 1])) changes++;
  }
  const double vowel_share = letters ? static_cast<double>(vowels) / static_cast<double>(letters) : 0;
  double look = 0;
  // Words have a third to a half of vowels, letters at random 6 of 26.
  if (vowel_share < 0.2)
    look += 0.35;
  else if (vowel_share < 0.28)
    look += 0.15;
  // "Angstschweiß" and "Knightsbridge" have five and six; eight letters at random, one word of two five.
  if (longest_run >= 6)
    look += 0.4;
  else if (longest_run >= 5)
    look += 0.3;
  else if (longest_run == 4)
    look += 0.15;
  if (changes >= 3) look += 0.4;
  // Of the most that so many different letters can have.
  const double most = std::log2(static_cast<double>(std::min<std::size_t>(label.size(), 36)));
  if (letter_entropy(label) / most > 0.88) look += 0.25;
  return std::min(look, 1.0);
}

}  // namespace vedette
