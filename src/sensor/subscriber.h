// Whom the engine tells what it learns while it learns it: flows as they end and at each report of a long
// one, findings once they are answered. What stores or exports is such a subscriber.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "detect/finding.h"
#include "flow/flow.h"
#include "flow/flow_ends.h"
#include "sensor/losses.h"
#include "sensor/status.h"

namespace vedette {

// A flow that ended, or a long one's report. Valid during the call.
struct ToldFlow {
  const FlowView& view;               // its totals, and why it is told
  std::array<FlowCounts, 2> since{};  // what they grew by since the report before, or in all; by FlowSide
  Nanoseconds since_time{};           // that report's last packet, or the flow's first; since the epoch
  const FlowEnds& ends;               // what its addresses are called, and where they are
};

// flow() and finding() are called on the engine's thread, which they must not hold up: what takes time is
// for a thread of the subscriber's own. They must not call the sensor. The rest: any thread.
class Subscriber {
 public:
  virtual ~Subscriber() = default;

  // With the engine's lock held.
  virtual void flow(const ToldFlow& /*flow*/) {}
  // Raised, or graver than before; with what was done about it. Without the lock.
  virtual void finding(const Finding& /*finding*/) {}
  // Adds what it was told and could not hand on.
  virtual void add_losses(Losses& /*losses*/) const {}
  // Where it exports to a collector.
  [[nodiscard]] virtual std::optional<ExportStatus> export_status() const { return std::nullopt; }
};

}  // namespace vedette
