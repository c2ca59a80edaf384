// An indicator a line. What stands behind it, or behind "#" or ";", is its note: Spamhaus' "1.2.3.0/24 ;
// SBL123".
#include <algorithm>

#include "feed/feed_format.h"
#include "feed/feed_reading.h"

namespace vedette {

void read_plain_feed(std::string_view text, FeedContent& content) {
  FeedReading reading(content);
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    const std::size_t comment = std::min(line.find_first_of("#;"), line.size());
    const std::string_view indicator = without_space(line.substr(0, comment));
    if (!indicator.empty()) reading.add(number, indicator, line.substr(std::min(comment + 1, line.size())));
  });
}

void read_hosts_feed(std::string_view text, FeedContent& content) {
  FeedReading reading(content);
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    line = without_space(line.substr(0, line.find('#')));
    std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    if (line.empty()) return;
    if (!parse_prefix(line.substr(0, end)) || end == line.size())
      return reading.bad(number, "expected an address and a domain");
    while (end < line.size()) {
      line = without_space(line.substr(end));
      end = std::min(line.find_first_of(" \t"), line.size());
      if (line.substr(0, end) != "localhost") reading.add(number, line.substr(0, end));
    }
  });
}

}  // namespace vedette
