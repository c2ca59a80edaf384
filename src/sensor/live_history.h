// What the live engine puts into the store: flows that ended, what long ones grew by, interfaces by the
// second.
//
// With the engine's lock held. Never waits: the store's queue counts what it can't take.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/flow_ends.h"
#include "flow/flow_table.h"
#include "sensor/losses.h"
#include "sensor/status.h"
#include "store/store.h"

namespace vedette {

class LiveHistory {
 public:
  // Null: nothing is kept. It outlives this.
  explicit LiveHistory(Store* store) : store_(store) {}

  // A flow that ended, or that is long and due for a report.
  void take(const FlowView& view, const FlowEnds& ends);

  // Goes on where a sensor was ended whose programs were taken over: the kernel tells again what they have
  // counted, of which the store has a part. Before the first sweep; what can't be known is told by `note`.
  void resume(const std::function<void(const std::string&)>& note);
  // After it: the table holds what the kernel told again.
  void take_over(const FlowTable& flows);

  // Each interface's counters; once a second is often enough, and more does nothing. `now`: since the epoch.
  void count(const std::vector<InterfaceStatus>& interfaces, Nanoseconds now);
  // What the counters said when the sensor took them over is history already.
  void take_over(const std::vector<InterfaceStatus>& interfaces);
  [[nodiscard]] bool count_is_due(Nanoseconds now) const;

  void add_losses(Losses& losses) const;

 private:
  // What a flow's rows have told so far. Its ends may have been turned round since.
  struct Told {
    vdt_address src{};
    std::uint16_t src_port = 0;
    std::array<FlowCounts, 2> sent{};
    std::array<std::uint32_t, 2> retransmits{};
    std::uint32_t out_of_order = 0;
    std::uint16_t zero_windows = 0, resets = 0;
    std::uint64_t dropped_packets = 0, dropped_bytes = 0;
    bool ended = false;  // a row has said so
  };

  // What the rows of before the start have told of a flow; nothing where there are none.
  [[nodiscard]] std::optional<Told> told_before(const FlowView& view) const;
  static Told told_by(const FlowView& view);
  static Told as_now(const Told& told, const Flow& flow);

  Store* store_;
  std::multimap<std::size_t, StoredFlow> before_;  // by hash of the flow's ends, either way round
  std::optional<Nanoseconds> before_since_;     // while the first sweep is to come: those are all since then
  std::unordered_map<const Flow*, Told> told_;  // of long flows; the table's entries never move
  std::map<std::uint32_t, std::array<DirectionCounts, 2>> counted_;  // by ifindex, then by enum vdt_direction
  Nanoseconds counted_at_{};
};

}  // namespace vedette
