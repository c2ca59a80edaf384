// Who knocks again and again where a verdict of ours lets nobody in: sources whose dropped packets ask for
// many different hosts and ports. A host that drops answers nothing, so neither flows nor contacts tell of a
// scan of it (Staniford, Hoagland and McAlerney, "Practical Automated Detection of Stealthy Portscans", 2002,
// count what goes to closed ports alike). A client that is turned away tries one port again, or a few; so
// what convicts is how many different ones were tried within a minute. Only what asks is counted: answers of
// a host that is shut out, to whom ours had turned, go to as many ports as there were questions. A connection
// that the protocol policy refuses was asked for by who began it, whichever side's packet showed what it
// speaks. Live it gets a sample of what was dropped, so it counts at least what it tells.
//
// One finding for each source. Bounded: kMost sources.
#pragma once

#include <cstddef>

#include "detect/bounded_table.h"
#include "detect/detector.h"
#include "detect/hyperloglog.h"
#include "detect/telling.h"

namespace vedette {

class AclViolation final : public Detector {
 public:
  static constexpr std::size_t kMost = 4'096;  // sources; 0.5 KiB each

  explicit AclViolation(Raise raise) : Detector(std::move(raise)) {}
  void take_dropped(const Packet& packet, const FlowTable::Place& place) override;
  [[nodiscard]] std::size_t memory() const override { return sources_.memory(); }

 private:
  struct Source {
    Nanoseconds first{};
    Nanoseconds last{};
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    HyperLogLog targets;   // host, protocol and port
    vdt_address target{};  // the first one's host
    Telling telling;       // of targets
  };

  BoundedTable<Source> sources_{kMost};
};

}  // namespace vedette
