// A flow as collectors get it: what an ended flow, or a long one's report, adds to what was exported before.
#pragma once

#include <array>
#include <cstdint>

#include "flow/flow.h"
#include "sensor/subscriber.h"

namespace vedette {

// Plain, so that many can wait. `sent` counts bytes on the wire, as everywhere in Vedette.
struct ExportedFlow {
  vdt_address src{}, dst{};          // initiator, responder
  Nanoseconds first{}, last{};       // of the whole flow, since the epoch
  std::array<FlowCounts, 2> sent{};  // since the last report; by FlowSide
  std::uint32_t ifindex = 0;         // on which it was seen
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint16_t vlan = 0;  // the outermost; 0 = none
  std::uint8_t ip_version = 0;
  std::uint8_t protocol = 0;
  std::array<std::uint8_t, 2> tcp_flags{};  // OR of all so far, by FlowSide
  std::uint8_t end_reason = 0;              // IANA's flowEndReason
};

[[nodiscard]] ExportedFlow exported_flow(const ToldFlow& told);

}  // namespace vedette
