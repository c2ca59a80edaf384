#include "cli/top/picture.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vedette::top {

namespace {

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

std::string_view first_characters(std::string_view text, int count) {
  for (std::size_t at = 0; at < text.size(); at++)
    if (begins_character(text[at]) && count-- == 0) return text.substr(0, at);
  return text;
}

// The few characters of ours that aren't ASCII have stand-ins; others become "?".
std::string ascii(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); at++) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      plain += text[at];
    } else if (begins_character(text[at])) {
      const std::string_view rest = text.substr(at);
      plain += rest.starts_with("·") ? '.' : rest.starts_with("µ") ? 'u' : '?';
    }
  }
  return plain;
}

}  // namespace

int width(std::string_view utf8) {
  return static_cast<int>(std::count_if(utf8.begin(), utf8.end(), begins_character));
}

std::string fitted(std::string_view text, int columns, bool right, bool unicode) {
  if (columns <= 0) return {};
  const int has = width(text);
  if (has > columns) return std::string(first_characters(text, columns - 1)) + (unicode ? "…" : "~");
  const std::string filling(static_cast<std::size_t>(columns - has), ' ');
  return right ? filling + std::string(text) : std::string(text) + filling;
}

std::string fitted_ends(std::string_view text, int columns, bool unicode) {
  const int has = width(text);
  if (has <= columns || columns < 3) return fitted(text, columns, false, unicode);
  const int end = (columns - 1) / 2;
  const std::string_view begin = first_characters(text, has - end);
  return fitted(begin, columns - end, false, unicode) + std::string(text.substr(begin.size()));
}

std::string sparkline(const History& history, int columns, bool unicode) {
  static constexpr std::array<const char*, 9> kBars{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::array<const char*, 9> kLetters{" ", "_", ".", "-", ":", "=", "+", "*", "#"};
  if (columns <= 0) return {};
  const std::size_t shown = std::min(history.size(), static_cast<std::size_t>(columns));
  const auto begin = history.end() - static_cast<std::ptrdiff_t>(shown);
  const double highest = shown == 0 ? 0 : *std::max_element(begin, history.end());
  std::string line(static_cast<std::size_t>(columns) - shown, ' ');
  for (auto value = begin; value != history.end(); ++value) {
    // A step of its own for nothing at all: the least traffic still shows.
    const auto step = *value <= 0 ? 0
                                  : std::clamp<std::size_t>(
                                        static_cast<std::size_t>(std::ceil(*value / highest * 8)), 1, 8);
    line += unicode ? kBars[step] : kLetters[step];
  }
  return line;
}

void clip(Line& line, int columns, bool unicode) {
  int room = columns;
  for (Span& span : line) {
    if (!unicode) span.text = ascii(span.text);
    if (width(span.text) > room) span.text = fitted(span.text, room, false, unicode);
    room -= width(span.text);
  }
}

std::string plain_text(const Picture& picture) {
  std::string text;
  for (const Line& line : picture.lines) {
    for (const Span& span : line) text += span.text;
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
  }
  return text;
}

}  // namespace vedette::top
