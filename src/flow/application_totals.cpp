#include "flow/application_totals.h"

#include "packet/spoken.h"

namespace vedette {

void ApplicationTotals::add(const Flow& flow) {
  if (sums_.size() <= flow.spoken) sums_.resize(flow.spoken + std::size_t{1});
  Sum& sum = sums_[flow.spoken];
  sum.flows++;
  for (const FlowCounts& sent : flow.sent) {
    sum.packets += sent.packets;
    sum.bytes += sent.bytes;
  }
}

std::vector<ApplicationCounts> ApplicationTotals::all() const {
  std::vector<ApplicationCounts> all;
  for (std::size_t number = 0; number < sums_.size(); number++) {
    const Sum& sum = sums_[number];
    if (sum.flows == 0) continue;
    const Spoken& what = spoken(static_cast<std::uint16_t>(number));
    all.push_back({.app = what.app,
                   .app_version = what.app_version,
                   .outdated_reason = what.outdated_reason,
                   .flows = sum.flows,
                   .packets = sum.packets,
                   .bytes = sum.bytes});
  }
  return all;
}

}  // namespace vedette
