// A UDP flow that ended, as subscribers are told of it.
#pragma once

#include <cstdint>

#include "sensor/subscriber.h"

namespace vedette::tests {

// So many from `port` to port 53, one packet of 100 bytes there and one of 200 back.
inline void tell_flows(Subscriber& to, int flows, std::uint16_t port = 1) {
  Flow flow;
  flow.key.ip_version = 4;
  flow.key.protocol = 17;
  flow.key.src_port = port;
  flow.key.dst_port = 53;
  flow.sent = {{{1, 100}, {1, 200}}};
  const FlowView view{flow, nullptr, nullptr, {}, FlowEnd::kIdle};
  for (int i = 0; i < flows; i++) to.flow({.view = view, .since = flow.sent, .since_time = {}, .ends = {}});
}

}  // namespace vedette::tests
