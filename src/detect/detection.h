// All detectors over one stream: hands each what it takes, keeps their findings while the behaviour goes on,
// and tells each when it is raised and when it is over. Stands beside the flow table and the handshake
// tracker.
//
// One thread, the flow table's. Bounded: so many findings are open at once, the one that was quiet longest is
// told as over first.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "detect/detector.h"
#include "detect/indicator_table.h"
#include "flow/flow_table.h"

namespace vedette {

struct DetectionOptions {
  Nanoseconds quiet = std::chrono::seconds(60);    // a behaviour is over after so long without a new raise
  Nanoseconds slow_quiet = std::chrono::hours(1);  // of a slow one (Finding::slow)
  std::size_t open = 65'536;                       // findings at once
  std::shared_ptr<const IndicatorTable> indicators = {};  // of feeds; null: there are none
};

enum class FindingNews : std::uint8_t { kRaised, kGrown, kOver };

class Detection {
 public:
  // Gets each finding as it is raised, with what was known then; as it grows, at once where its severity
  // does, else each second; and when it is over, with its totals.
  using Told = std::function<void(const Finding&, FindingNews)>;

  explicit Detection(Told told, DetectionOptions options = {});
  Detection(const Detection&) = delete;
  Detection& operator=(const Detection&) = delete;
  ~Detection();

  // A file's packet, and where the flow table counted it.
  void add(const Packet& packet, const FlowTable::Place& place);
  // What a live flow has grown by.
  void add(const FlowStep& step);
  // A live packet whose bytes are there; its flow, where it is in one, has grown by it before.
  void look(const Packet& packet, const FlowTable::Place& place);
  void add(const HandshakeView& handshake);
  // The flow ends: called from the flow table's sink.
  void end(const FlowView& flow);
  // Live, where no packets may come: it is so late now, since the epoch.
  void advance(Nanoseconds now) { keep_time(now); }
  // The input ends, after the flow table has told its flows: all findings are over.
  void finish();

  // From now on these are what feeds say; null: there are none.
  void use(std::shared_ptr<const IndicatorTable> indicators) { options_.indicators = std::move(indicators); }

  [[nodiscard]] std::size_t open() const { return open_.size() + slow_.size(); }
  // Bytes that detectors hold.
  [[nodiscard]] std::size_t memory() const;

 private:
  using Key = std::tuple<std::string_view, FindingKind, std::optional<Prefix>, std::optional<Prefix>,
                         std::optional<std::uint16_t>>;
  using Open = std::list<Finding>;  // the one raised longest ago first
  struct Known {
    Open::iterator finding;
    Nanoseconds told{};  // when it was last told
  };

  void keep_time(Nanoseconds now);
  void take(Finding finding);
  [[nodiscard]] Open& list_of(const Finding& finding) { return finding.slow ? slow_ : open_; }
  void close_oldest();
  void close(Open::iterator finding);

  Told told_;
  DetectionOptions options_;
  std::vector<std::unique_ptr<Detector>> detectors_;
  Open open_;
  Open slow_;
  std::map<Key, Known> by_key_;
  Nanoseconds now_{};
  Nanoseconds ticked_{};
};

}  // namespace vedette
