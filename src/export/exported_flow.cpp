#include "export/exported_flow.h"

namespace vedette {

namespace {

// RFC 5102, flowEndReason.
constexpr std::uint8_t kIdleTimeout = 1, kActiveTimeout = 2, kEndDetected = 3, kForcedEnd = 4,
                       kLackOfResources = 5;

std::uint8_t end_reason(FlowEnd end) {
  switch (end) {
    case FlowEnd::kClosed:
      return kEndDetected;
    case FlowEnd::kIdle:
      return kIdleTimeout;
    case FlowEnd::kEvicted:
      return kLackOfResources;
    case FlowEnd::kFinished:
      return kForcedEnd;
    case FlowEnd::kReport:
      return kActiveTimeout;
  }
  return 0;
}

}  // namespace

ExportedFlow exported_flow(const ToldFlow& told) {
  const Flow& flow = told.view.flow;
  const bool ports = has_ports(flow);
  return {.src = flow.key.src,
          .dst = flow.key.dst,
          .first = flow.first,
          .last = flow.last,
          .sent = told.since,
          .ifindex = flow.key.ifindex,
          .src_port = ports ? flow.key.src_port : std::uint16_t{0},
          .dst_port = ports ? flow.key.dst_port : std::uint16_t{0},
          .vlan = flow.key.vlan[0],
          .ip_version = flow.key.ip_version,
          .protocol = flow.key.protocol,
          .tcp_flags = flow.tcp_flags,
          .end_reason = end_reason(told.view.end)};
}

}  // namespace vedette
