// What is to be known of a feed, and its text on a command line.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/error.h"
#include "feed/feed_format.h"

namespace vedette {

struct FeedOptions {
  std::string name;    // letters, digits, ".", "-", "_"; up to 31
  std::string source;  // a file, or a URL of http or https
  FeedForm form;
  std::chrono::seconds every{3600};
  std::optional<std::chrono::seconds>
      ttl;               // of entries, from each time that the feed was read; nothing: as long as it has them
  bool observe = false;  // count what it would have dropped
  double least = 0.5;    // of the entries before: with fewer, the feed is taken for broken
};

// "NAME=SOURCE[,format=…][,column=…][,every=1h][,ttl=…][,least=…][,observe]". Unusable where it is none.
[[nodiscard]] Result<FeedOptions> parse_feed_options(std::string_view text);

}  // namespace vedette
