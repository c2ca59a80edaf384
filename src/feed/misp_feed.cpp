// MISP (core format, draft-dulaunoy-misp-core-format): attributes of an event, wherever they stand in it, its
// objects included.
#include <algorithm>
#include <array>

#include "feed/feed_format.h"
#include "feed/feed_reading.h"
#include "feed/json_text.h"

namespace vedette {

namespace {

constexpr std::array<std::string_view, 9> kTypes{"ip-src",  "ip-dst",   "ip-src|port", "ip-dst|port",
                                                 "domain",  "hostname", "url",         "ja3-fingerprint-md5",
                                                 "ja4-plus"};
constexpr int kDeepest = 16;  // event, object, attribute and their lists take 7

class Attributes {
 public:
  explicit Attributes(FeedContent& content) : reading_(content) {}

  void look_into(const simdjson::dom::element& element, int depth) {
    if (depth > kDeepest) return;
    if (simdjson::dom::array list; element.get(list) == simdjson::SUCCESS) {
      for (const simdjson::dom::element each : list) look_into(each, depth + 1);
      return;
    }
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return;
    if (is_attribute(element)) return take(element);
    for (const auto& [name, value] : object) look_into(value, depth + 1);
  }

 private:
  static bool is_attribute(const simdjson::dom::element& element) {
    return !json_text(element, "value").empty() && !json_text(element, "type").empty();
  }
  // Attributes of other types (hashes, files, mail) are none of a packet's.
  void take(const simdjson::dom::element& element) {
    number_++;
    bool deleted = false, detects = true;
    if (element["deleted"].get(deleted) == simdjson::SUCCESS && deleted) return;
    if (element["to_ids"].get(detects) == simdjson::SUCCESS && !detects) return;
    const std::string_view value = json_text(element, "value");
    if (std::ranges::find(kTypes, json_text(element, "type")) == kTypes.end()) return;
    reading_.add(number_, value.substr(0, value.find('|')), json_text(element, "comment"));
  }

  FeedReading reading_;
  std::size_t number_ = 0;
};

}  // namespace

Result<void> read_misp_feed(std::string_view text, FeedContent& content) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS)
    return unusable("feed", "is no JSON document");
  Attributes(content).look_into(document, 0);
  return {};
}

}  // namespace vedette
