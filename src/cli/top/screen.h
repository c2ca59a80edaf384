// The terminal: draws pictures by ncurses, which sends only what changed, and tells keys.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/error.h"
#include "cli/top/model.h"
#include "cli/top/picture.h"

namespace vedette::top {

// One at a time, all by one thread. While it lives, the terminal is its own; afterwards it is as it was.
class Screen {
 public:
  // Failed where standard output is no terminal that can be drawn on.
  [[nodiscard]] static Result<std::unique_ptr<Screen>> open(bool color);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] Size size() const;
  void draw(const Picture& picture);
  // Until a key, a new size, a signal or something to read from `fd` (borrowed) comes, or the time is over.
  // False: the terminal has gone.
  [[nodiscard]] bool wait(int fd, std::chrono::milliseconds at_most);
  // The next key that waits; a new size is taken up on the way.
  [[nodiscard]] std::optional<Key> key();

 private:
  explicit Screen(bool color);

  bool color_;
};

// Can this terminal show what isn't ASCII? Call setlocale() first.
[[nodiscard]] bool shows_unicode();

}  // namespace vedette::top
