// The screen's content as plain data: lines of text with tones, drawn by ncurses or printed as they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/top/rates.h"

namespace vedette::top {

// What a piece of text means; the screen gives it a colour, or on a mono terminal an attribute.
enum class Tone { kPlain, kStrong, kDim, kGood, kWarning, kBad, kHeading, kSelected, kIn, kOut };

struct Span {
  std::string text;  // UTF-8, no control characters
  Tone tone = Tone::kPlain;
};

using Line = std::vector<Span>;

struct Size {
  int columns = 80;
  int lines = 24;
};

struct Picture {
  std::vector<Line> lines;  // as many as the screen has at most
  int cursor = -1;          // column in the last line while something is typed
};

// Characters, not bytes.
[[nodiscard]] int width(std::string_view utf8);

// `text` on exactly `columns` characters: cut ("…" or "~" at its end) or filled.
[[nodiscard]] std::string fitted(std::string_view text, int columns, bool right, bool unicode);

// `text` on exactly `columns` characters: cut in its middle or filled.
[[nodiscard]] std::string fitted_ends(std::string_view text, int columns, bool unicode);

// The last `columns` values as bars ▁▂▃▄▅▆▇█, or " .:-=+*#" without Unicode; scaled to the highest that is
// shown.
[[nodiscard]] std::string sparkline(const History& history, int columns, bool unicode);

// Cuts what reaches beyond `columns`; without Unicode, replaces what isn't ASCII.
void clip(Line& line, int columns, bool unicode);

// As it stands, without tones; trailing spaces gone.
[[nodiscard]] std::string plain_text(const Picture& picture);

}  // namespace vedette::top
