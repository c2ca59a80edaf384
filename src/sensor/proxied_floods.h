// SYN floods that a SYN proxy answers: their SYNs come into no flow, so no detector sees them. What tells
// them are the proxy's counts: SYNs that it answered and nobody went on with.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>

#include "act/syn_proxy.h"
#include "base/units.h"
#include "detect/detection.h"
#include "detect/finding.h"

namespace vedette {

// One thread.
class ProxiedFloods {
 public:
  using Told = std::function<void(const Finding&, FindingNews)>;

  explicit ProxiedFloods(Told told) : told_(std::move(told)) {}

  // Looks at what the proxies counted since the last call, some half a second ago. A port whose SYNs a second
  // reach the floor of SYN floods (detect/flood_load.h) has a finding, which is over after a minute without.
  // `now`: since the epoch.
  void look(std::span<const ProxyStatus> proxies, Nanoseconds now);

 private:
  struct Port {
    std::uint64_t unanswered = 0;  // counted at the last look
    Nanoseconds looked{};
    Finding finding;
    bool open = false;
  };

  void judge(Port& port, const ProxyStatus& proxy, std::uint64_t more, Nanoseconds now);

  Told told_;
  std::map<std::uint16_t, Port> ports_;
};

}  // namespace vedette
