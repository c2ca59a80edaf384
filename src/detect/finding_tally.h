// Findings of single packets that come again: raised with the first packet, counted with the others, and told
// again, with their totals, while they go on. Bounded: so many at once; what would be one more isn't told
// until an older one was quiet for a minute.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "detect/detector.h"

namespace vedette {

struct Sighting {
  std::string_view detector;  // a literal
  FindingKind kind = FindingKind::kAnomaly;
  Severity severity = Severity::kInfo;
  std::optional<Prefix> source = {};
  std::optional<Prefix> target = {};
  std::optional<std::uint16_t> port = {};
  Nanoseconds time{};
  std::uint64_t packets = 1;
  std::uint64_t bytes = 0;
  double score = 1;
  double threshold = 1;
};

class FindingTally {
 public:
  static constexpr std::size_t kMost = 1024;
  static constexpr std::size_t kSources = 16;  // of one detector at one target that are told apart

  explicit FindingTally(Detector::Raise raise) : raise_(std::move(raise)) {}

  // `why` gives the sentence; it is asked when the sighting is the first of its kind or the gravest so far.
  // How many packets of the kind there have been; 0 where there was no room.
  template <typename Why>
  std::uint64_t see(const Sighting& sighting, Why&& why) {
    Open* known = find(sighting);
    const bool first = known == nullptr;
    if (first) known = begin(sighting);
    if (known == nullptr) return 0;
    Open& open = *known;
    Finding& finding = open.finding;
    finding.last = std::max(finding.last, sighting.time);
    finding.packets += sighting.packets;
    finding.bytes += sighting.bytes;
    finding.score = std::max(finding.score, sighting.score);
    open.news = true;
    if (first || sighting.severity > finding.severity) {
      finding.severity = std::max(finding.severity, sighting.severity);
      finding.detected = sighting.time;
      finding.why = std::forward<Why>(why)();
      tell(open);
    }
    return finding.packets;
  }

  // One packet that is a finding by itself: "{source} sends {target} {what}".
  void see_packet(const Packet& packet, std::string_view detector, Severity severity, std::string_view what);

  // Tells what went on, forgets what didn't.
  void tick(Nanoseconds now);
  void finish();
  [[nodiscard]] std::size_t memory() const;

 private:
  using Key = std::tuple<std::string_view, std::optional<Prefix>, std::optional<Prefix>,
                         std::optional<std::uint16_t>>;
  struct Open {
    Finding finding;
    bool news = false;
  };

  [[nodiscard]] Open* find(const Sighting& sighting);
  // Null where there is no room.
  Open* begin(const Sighting& sighting);
  void tell(Open& open);

  Detector::Raise raise_;
  std::map<Key, Open> open_;
  std::map<std::pair<std::string_view, std::optional<Prefix>>, std::size_t>
      sources_;  // told, by detector and target
  Nanoseconds told_{};
};

}  // namespace vedette
