#include "detect/finding_tally.h"

#include <fmt/format.h>

#include "base/address.h"

namespace vedette {

namespace {

constexpr Nanoseconds kTellEvery = std::chrono::seconds(10);
constexpr Nanoseconds kQuiet = std::chrono::seconds(60);  // as DetectionOptions has it

}  // namespace

void FindingTally::see_packet(const Packet& packet, std::string_view detector, Severity severity,
                              std::string_view what) {
  const vdt_flow_key& key = packet.facts->core.key;
  see({.detector = detector,
       .severity = severity,
       .source = host(key.src, key.ip_version),
       .target = host(key.dst, key.ip_version),
       .time = packet.time,
       .bytes = packet.facts->core.length},
      [&] {
        return fmt::format("{} sends {} {}", address_text(key.src, key.ip_version),
                           address_text(key.dst, key.ip_version), what);
      });
}

void FindingTally::tick(Nanoseconds now) {
  if (now - told_ < kTellEvery) return;
  told_ = now;
  for (auto at = open_.begin(); at != open_.end();) {
    if (at->second.news) tell(at->second);
    at = now - at->second.finding.last > kQuiet ? open_.erase(at) : std::next(at);
  }
  if (open_.empty()) sources_.clear();
}

void FindingTally::finish() {
  for (auto& [key, open] : open_)
    if (open.news) tell(open);
}

std::size_t FindingTally::memory() const {
  // A node of the map has four words of its own; a sentence some 150 bytes.
  return open_.size() * (sizeof(Key) + sizeof(Open) + 4 * sizeof(void*) + 150) +
         sources_.size() * (sizeof(decltype(sources_)::value_type) + 4 * sizeof(void*));
}

FindingTally::Open* FindingTally::find(const Sighting& sighting) {
  auto found = open_.find({sighting.detector, sighting.source, sighting.target, sighting.port});
  if (found != open_.end()) return &found->second;
  if (!sighting.source) return nullptr;
  const auto sources = sources_.find({sighting.detector, sighting.target});
  if (sources == sources_.end() || sources->second < kSources) return nullptr;
  found = open_.find({sighting.detector, std::nullopt, sighting.target, sighting.port});
  return found == open_.end() ? nullptr : &found->second;
}

FindingTally::Open* FindingTally::begin(const Sighting& sighting) {
  if (open_.size() >= kMost) return nullptr;
  std::optional<Prefix> source = sighting.source;
  if (source && ++sources_[{sighting.detector, sighting.target}] > kSources) source.reset();
  Open& open = open_[{sighting.detector, source, sighting.target, sighting.port}];
  Finding& finding = open.finding;
  finding.detector = sighting.detector;
  finding.kind = sighting.kind;
  finding.severity = sighting.severity;
  finding.source = source;
  finding.target = sighting.target;
  finding.port = sighting.port;
  finding.first = finding.last = sighting.time;
  finding.score = sighting.score;
  finding.threshold = sighting.threshold;
  return &open;
}

void FindingTally::tell(Open& open) {
  open.news = false;
  raise_(open.finding);
}

}  // namespace vedette
