#include "flow/flow_reports.h"

#include <cstring>
#include <utility>

namespace vedette {

FlowReports::Growth FlowReports::take(const FlowView& view) {
  const Flow& flow = view.flow;
  Growth growth{.since = flow.sent, .from = flow.first};
  const bool ends = view.end != FlowEnd::kReport;
  auto known = reported_.find(&flow);
  if (known != reported_.end()) {
    Reported& before = known->second;
    if (before.src_port != flow.key.src_port ||
        std::memcmp(&before.src, &flow.key.src, sizeof(before.src)) != 0)
      std::swap(before.sent[kInitiator], before.sent[kResponder]);
    for (const FlowSide side : {kInitiator, kResponder}) {
      growth.since[side].packets -= before.sent[side].packets;
      growth.since[side].bytes -= before.sent[side].bytes;
    }
    growth.from = before.last;
    if (ends) reported_.erase(known);
  }
  if (!ends) reported_[&flow] = {flow.sent, flow.last, flow.key.src, flow.key.src_port};
  return growth;
}

}  // namespace vedette
