// What moves: differences between two looks at the sensor, per second, and how they went over the last
// minutes. The API tells totals alone; whoever watches makes rates of them.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "cli/top/snapshot.h"

namespace vedette::top {

// Per second.
struct Rate {
  double packets = 0;
  double bytes = 0;

  Rate& operator+=(const Rate& other);
};

// The latest last; at most kHistoryLooks.
using History = std::deque<double>;
inline constexpr std::size_t kHistoryLooks = 300;

struct FlowRate {
  Rate sent, replied;
  History history;  // bytes a second, both directions
};

// One thread.
class Rates {
 public:
  // The next look. Counters that went back mean that the sensor began anew: no rate, rather than a wrong one.
  void add(const Snapshot& look);

  Rate in, out;
  double retransmits = 0, resets = 0, kernel_drops = 0, losses = 0;  // per second
  History in_bytes, out_bytes, in_packets, out_packets;

  // Zero for what was not in both looks, but for a flow that began since the last one.
  [[nodiscard]] FlowRate flow(const std::string& identity) const;
  // "in/eth0", "out/eth0"; "in/tcp/4" for protocol and IP version; "app/tls/1.3";
  // "drop/NO_SOCKET", "loss/REASON".
  [[nodiscard]] Rate named(const std::string& name) const;

 private:
  void add_flows(const Snapshot& look, double seconds);
  void add_named(const Snapshot& look, double seconds);

  bool begun_ = false;
  Snapshot before_;
  std::map<std::string, FlowRate> flows_;
  std::map<std::string, Traffic> flow_totals_;  // sent
  std::map<std::string, Traffic> reply_totals_;
  std::map<std::string, Traffic> named_totals_;
  std::map<std::string, Rate> named_;
};

}  // namespace vedette::top
