// Spamhaus DROP: a JSON object a line, {"cidr":"1.2.3.0/24","sblid":"SBL123","rir":"arin"}; the last one
// tells of the list itself.
#include "feed/feed_format.h"
#include "feed/feed_reading.h"
#include "feed/json_text.h"

namespace vedette {

void read_spamhaus_feed(std::string_view text, FeedContent& content) {
  FeedReading reading(content);
  simdjson::dom::parser parser;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    if (line.empty()) return;
    simdjson::dom::element object;
    if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS)
      return reading.bad(number, "is no JSON object");
    if (const std::string_view network = json_text(object, "cidr"); !network.empty())
      reading.add(number, network, json_text(object, "sblid"));
    else if (json_text(object, "type") != "metadata")
      reading.bad(number, "has no \"cidr\"");
  });
}

}  // namespace vedette
