// Beacons: a host that connects to one service again and again at regular intervals, as malware asks its
// master for orders. Scored as RITA does (detect/beacon_score.h) for each source, destination, port and
// transport. Regularity alone is what many honest programs have too, so it is never graver than medium, and
// low within a private network; what is regular by design (time, leases, discovery, routing, monitoring, name
// resolution) is left out, and so are destinations that nobody answers from, and many at once (multicast).
#pragma once

#include <cstdint>
#include <vector>

#include "detect/detector.h"
#include "detect/recent_map.h"
#include "detect/service_key.h"

namespace vedette {

class Beacon final : public Detector {
 public:
  explicit Beacon(Raise raise) : Detector(std::move(raise)) {}

  void end(const FlowView& flow) override;
  [[nodiscard]] std::size_t memory() const override;

 private:
  struct Series {
    std::vector<std::int64_t> begun;  // ms since the epoch, rising, at least kApart apart
    std::vector<double> sent;         // bytes that the source sent, of flows that ended
    std::uint16_t last_port = 0;      // that the source sent from
    std::uint64_t connections = 0;    // that were answered
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };

  static constexpr std::size_t kMostSeries = 32'768;  // 1.3 KiB each at most

  void judge(const Flow& flow, const Series& series) const;

  RecentMap<ServiceKey, Series, ServiceHash> series_{kMostSeries};
};

}  // namespace vedette
