// What the formats' readers share: how an indicator's text is understood, and how a bad one is told.
#pragma once

#include <optional>
#include <string_view>

#include "feed/feed_content.h"

namespace vedette {

// Adds to a feed's content. One thread.
class FeedReading {
 public:
  explicit FeedReading(FeedContent& content) : content_(content) {}

  // An address, a network (bits behind its length are left out), or two addresses with "-" between; else a
  // domain, a URL, a JA3 or a JA4. Bad where it is none.
  void add(std::size_t line, std::string_view text, std::string_view note = {}, std::uint64_t until_s = 0);
  void bad(std::size_t line, std::string what);

 private:
  [[nodiscard]] bool add_networks(std::string_view text, std::string_view note, std::uint64_t until_s);
  [[nodiscard]] bool is_full(std::size_t line);

  FeedContent& content_;
};

// Without white space at both ends.
[[nodiscard]] std::string_view without_space(std::string_view text);
// Seconds since the epoch of "2026-11-26T20:00:00Z" (RFC 3339; fractions are left out); nothing where it is
// none.
[[nodiscard]] std::optional<std::uint64_t> utc_seconds(std::string_view text);

// Calls `take(number, line)` for each line, from 1, without its end.
template <typename Take>
void for_each_line(std::string_view text, Take&& take) {
  for (std::size_t number = 1; !text.empty(); number++) {
    const std::size_t end = text.find('\n');
    take(number, without_space(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace vedette
