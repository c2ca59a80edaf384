// One look at the sensor, as the live view needs it: what its API answered at one moment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vedette::top {

struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lost_packets = 0;
};

struct InterfaceLook {
  std::string name, ingress, egress, why;
  Traffic in, out;
};

struct ProtocolLook {
  std::string protocol;
  std::uint64_t ip_version = 0;
  std::string direction;
  Traffic traffic;
};

struct ApplicationLook {
  std::string app, app_version, outdated_reason;  // empty: not known, not outdated
  std::uint64_t flows = 0;
  Traffic traffic;  // both directions
};

struct ReasonLook {
  std::string reason, meaning;
  std::uint64_t count = 0;  // packets; of some losses, events
};

struct FlowLook {
  std::string json;  // the whole object, for the view of one flow
  std::string protocol, src_ip, dst_ip, state, interface_name, process, app, app_version;
  bool outdated = false;
  std::string vlans, tunnel;  // "100.200", outermost first; "vxlan 4242"
  std::uint64_t src_port = 0, dst_port = 0, ip_version = 0;
  Traffic sent, replied;
  std::uint64_t retransmits = 0, rtt_us = 0, first_ns = 0, last_ns = 0;

  // "192.0.2.1:443", "[2001:db8::1]:53"; the address alone where the protocol has no ports.
  [[nodiscard]] std::string initiator() const;
  [[nodiscard]] std::string responder() const;
  [[nodiscard]] bool has_ports() const { return src_port != 0 || dst_port != 0; }

  // The same flow in two looks has the same identity.
  [[nodiscard]] std::string identity() const;
};

struct Snapshot {
  std::uint64_t time_ns = 0;  // since the epoch, by the sensor's clock
  std::uint64_t uptime_ns = 0;
  Traffic in, out;
  std::uint64_t live_flows = 0, user_bytes = 0, kernel_bytes = 0;
  bool tells_tcp = false;
  std::uint64_t retransmits = 0, resets = 0;
  std::vector<ReasonLook> losses, malformed, kernel_drops;
  std::vector<ProtocolLook> protocols;
  std::vector<ApplicationLook> applications;
  std::vector<InterfaceLook> interfaces;
  std::vector<FlowLook> flows;
  std::uint64_t flows_matching = 0;  // of which `flows` are the first
};

// The bodies of /v1/stats, /v1/interfaces and /v1/flows.
struct Answers {
  std::string stats, interfaces, flows;
};

// Failed where one of them isn't such an answer.
[[nodiscard]] Result<Snapshot> read_snapshot(const Answers& answers);

}  // namespace vedette::top
