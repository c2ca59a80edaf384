// STIX 2.1 bundles: of indicators (section 4.7) whose pattern is STIX' own, the comparisons for equality with
// addresses, domains and URLs; what a pattern says besides narrows it, which a block can't, so those with
// AND, NOT or FOLLOWEDBY are left out.
#include <array>

#include "feed/feed_format.h"
#include "feed/feed_reading.h"
#include "feed/json_text.h"

namespace vedette {

namespace {

constexpr std::array<std::string_view, 4> kObjects{"ipv4-addr:value", "ipv6-addr:value", "domain-name:value",
                                                   "url:value"};

void take_pattern(std::size_t number, std::string_view pattern, std::string_view note, std::uint64_t until_s,
                  FeedReading& reading) {
  for (const std::string_view narrowing : {" AND ", " NOT ", " FOLLOWEDBY "})
    if (pattern.find(narrowing) != std::string_view::npos)
      return reading.bad(number, "has a pattern of several conditions");
  for (const std::string_view object : kObjects) {
    for (std::size_t at = pattern.find(object); at != std::string_view::npos; at = pattern.find(object, at)) {
      at += object.size();
      std::string_view rest = without_space(pattern.substr(at));
      if (!rest.starts_with('=')) {
        reading.bad(number, "compares otherwise than by =");
        continue;
      }
      rest = without_space(rest.substr(1));
      const std::size_t end = rest.find('\'', 1);
      if (!rest.starts_with('\'') || end == std::string_view::npos)
        reading.bad(number, "has a value without quotes");
      else
        reading.add(number, rest.substr(1, end - 1), note, until_s);
    }
  }
}

}  // namespace

Result<void> read_stix_feed(std::string_view text, FeedContent& content) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array objects;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS)
    return unusable("feed", "is no JSON document");
  if (document["objects"].get(objects) != simdjson::SUCCESS) return unusable("feed", "is no STIX bundle");
  FeedReading reading(content);
  std::size_t number = 0;
  for (const simdjson::dom::element each : objects) {
    number++;
    bool revoked = false;
    if (json_text(each, "type") != "indicator") continue;
    if (each["revoked"].get(revoked) == simdjson::SUCCESS && revoked) continue;
    const std::string_view until = json_text(each, "valid_until");
    const auto until_s = utc_seconds(until);
    if (!until.empty() && !until_s) {
      reading.bad(number, "has a valid_until that is no time");
      continue;
    }
    take_pattern(number, json_text(each, "pattern"), json_text(each, "name"), until_s.value_or(0), reading);
  }
  return {};
}

}  // namespace vedette
