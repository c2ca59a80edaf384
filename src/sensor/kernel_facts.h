// What the kernel knows beyond the packets, put next to what these told: a flow's owning process and round
// trip, TCP's own totals, drop reasons. Any of it may be missing on a host; then it is absent, and why()
// says so.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/fact.h"
#include "flow/flow_order.h"
#include "flow/flow_table.h"
#include "kernel/health_monitor.h"
#include "kernel/wall_clock.h"
#include "sensor/status.h"

namespace vedette {

// One thread at a time.
class KernelFacts {
 public:
  // Never fails: what can't be had stands in why().
  explicit KernelFacts(const HealthOptions& options);

  // Once a sweep; new flows are looked up again from now on.
  void tick();

  // The process of a flow that has just come up, while a sweep's budget lasts: a flood of flows must not
  // cost a look-up each. Kept for 200,000 flows; of others complete() tells it while their sockets are open.
  // `first_ns`: CLOCK_MONOTONIC of its first packet.
  void note_process(FlowTable& flows, const Flow& flow, std::uint64_t first_ns);

  // All that the kernel says now of a flow that is about to be told.
  void complete(KeptFlow& kept, const WallClock& clock);

  void fill(Stats& stats) const;
  void add_losses(Losses& losses) const;

  // Packets of an interface that the stack dropped for one of these reasons, as the kernel names them, since
  // the sensor's start. Nothing where drop reasons are off.
  [[nodiscard]] std::optional<std::uint64_t> dropped(std::uint32_t ifindex,
                                                     std::initializer_list<std::string_view> reasons) const;

  [[nodiscard]] const std::vector<std::string>& why() const { return why_; }
  // A fact of area "part" for each kind of what the kernel is asked.
  [[nodiscard]] std::vector<Fact> parts() const;

 private:
  [[nodiscard]] std::optional<FlowFacts::Process> process_of(const vdt_flow_key& key, Nanoseconds first);

  std::optional<HealthMonitor> monitor_;
  std::vector<std::string> why_;
  int lookups_left_ = 0;
};

}  // namespace vedette
