#include "cli/top/screen.h"

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <ncurses.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

namespace vedette::top {

namespace {

struct Look {
  Tone tone;
  short foreground;        // -1: the terminal's own
  attr_t attributes;       // with colours
  attr_t mono_attributes;  // without
};

constexpr Look kLooks[] = {
    {Tone::kPlain, -1, A_NORMAL, A_NORMAL},
    {Tone::kStrong, -1, A_BOLD, A_BOLD},
    {Tone::kDim, -1, A_DIM, A_NORMAL},
    {Tone::kGood, COLOR_GREEN, A_BOLD, A_NORMAL},
    {Tone::kWarning, COLOR_YELLOW, A_BOLD, A_BOLD},
    {Tone::kBad, COLOR_RED, A_BOLD, A_BOLD | A_UNDERLINE},
    {Tone::kHeading, COLOR_CYAN, A_BOLD | A_UNDERLINE, A_BOLD | A_UNDERLINE},
    {Tone::kSelected, -1, A_REVERSE, A_REVERSE},
    {Tone::kIn, COLOR_CYAN, A_NORMAL, A_NORMAL},
    {Tone::kOut, COLOR_MAGENTA, A_NORMAL, A_NORMAL},
};

constexpr int kEscapeKey = 27;
constexpr int kDrawAnewKey = '\f';  // Ctrl-L: another program wrote over the screen

struct KeyCode {
  int code;
  Key::Kind kind;
};

constexpr KeyCode kKeyCodes[] = {
    {KEY_UP, Key::kUp},
    {KEY_DOWN, Key::kDown},
    {KEY_PPAGE, Key::kPageUp},
    {KEY_NPAGE, Key::kPageDown},
    {KEY_HOME, Key::kHome},
    {KEY_END, Key::kEnd},
    {KEY_ENTER, Key::kEnter},
    {'\n', Key::kEnter},
    {'\r', Key::kEnter},
    {kEscapeKey, Key::kEscape},
    {KEY_BACKSPACE, Key::kBackspace},
    {0x7f, Key::kBackspace},
    {'\b', Key::kBackspace},
};

}  // namespace

Result<std::unique_ptr<Screen>> Screen::open(bool color) {
  const char* hint = "vedette top --once prints one picture; vedette watch needs no terminal";
  if (isatty(STDOUT_FILENO) == 0 || isatty(STDIN_FILENO) == 0)
    return unusable("top", "needs a terminal", hint);
  set_escdelay(25);
  const bool known = newterm(nullptr, stdout, stdin) != nullptr;
  // Lines can't be drawn anew where the cursor can't be moved to them.
  if (!known || tigetstr("cup") == nullptr) {
    if (known) endwin();
    const char* terminal = std::getenv("TERM");
    return unusable(
        "top",
        std::string("can't draw on a terminal of type \"") + (terminal != nullptr ? terminal : "") + "\"",
        hint);
  }
  return std::unique_ptr<Screen>(new Screen(color));
}

Screen::Screen(bool color) : color_(color && has_colors()) {
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  curs_set(0);
  if (!color_) return;
  start_color();
  use_default_colors();
  for (const Look& look : kLooks)
    init_pair(static_cast<short>(static_cast<int>(look.tone) + 1), look.foreground, -1);
}

Screen::~Screen() {
  endwin();
}

Size Screen::size() const {
  return {getmaxx(stdscr), getmaxy(stdscr)};
}

void Screen::draw(const Picture& picture) {
  werase(stdscr);
  int row = 0;
  for (const Line& line : picture.lines) {
    wmove(stdscr, row++, 0);
    for (const Span& span : line) {
      const Look& look = kLooks[static_cast<std::size_t>(span.tone)];
      const auto pair = static_cast<short>(color_ ? static_cast<int>(span.tone) + 1 : 0);
      wattr_set(stdscr, color_ ? look.attributes : look.mono_attributes, pair, nullptr);
      waddnstr(stdscr, span.text.data(), static_cast<int>(span.text.size()));
    }
  }
  curs_set(picture.cursor >= 0 ? 1 : 0);
  if (picture.cursor >= 0) wmove(stdscr, row - 1, picture.cursor);
  wrefresh(stdscr);
}

bool Screen::wait(int fd, std::chrono::milliseconds at_most) {
  pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {fd, POLLIN, 0}};
  (void)poll(sources, 2, static_cast<int>(at_most.count()));
  return (sources[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

std::optional<Key> Screen::key() {
  for (;;) {
    const int code = wgetch(stdscr);
    if (code == ERR) return std::nullopt;
    if (code == KEY_RESIZE) continue;
    if (code == kDrawAnewKey) clearok(stdscr, TRUE);
    const auto found = std::find_if(std::begin(kKeyCodes), std::end(kKeyCodes),
                                    [&](const KeyCode& one) { return one.code == code; });
    if (found != std::end(kKeyCodes)) return Key{found->kind};
    if (code < 0x7f) return Key{Key::kCharacter, static_cast<char>(code)};
  }
}

bool shows_unicode() {
  return std::string_view(nl_langinfo(CODESET)) == "UTF-8";
}

}  // namespace vedette::top
