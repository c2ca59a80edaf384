// Which services are of the web: those on its usual ports, and where HTTP was heard.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "detect/bounded_table.h"
#include "flow/flow.h"
#include "handshake/handshake_tracker.h"
#include "packet/spoken.h"
#include "parse/protocols.h"

namespace vedette {

// A service's key: its address and port, in no client's name.
[[nodiscard]] inline PairKey service_key(const Flow& flow) {
  return {{}, flow.key.dst, flow.key.dst_port};
}
// A client's of a service.
[[nodiscard]] inline PairKey client_key(const Flow& flow) {
  return {flow.key.src, flow.key.dst, flow.key.dst_port};
}

class WebServices {
 public:
  static constexpr std::size_t kMost = 8'192;

  void hear(const HandshakeView& view) {
    if (view.handshake.app != "http" || view.flow.key.protocol != VDT_IP_TCP) return;
    bool made = false;
    heard_.at(service_key(view.flow), made) = true;
  }
  [[nodiscard]] bool serves(const Flow& flow) {
    static constexpr std::array<std::uint16_t, 5> kPorts{80, 443, 8000, 8080, 8443};
    return std::ranges::find(kPorts, flow.key.dst_port) != kPorts.end() ||
           spoken(flow.spoken).app == "http" || heard_.find(service_key(flow)) != nullptr;
  }
  [[nodiscard]] std::size_t memory() const { return heard_.memory(); }

 private:
  BoundedTable<bool> heard_{kMost};
};

}  // namespace vedette
