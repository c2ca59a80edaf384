// Between the flow table and the handshake tracker: gives the tracker packets as they are, and datagrams that
// came in fragments once they are whole, in place of their fragments. A tunnel's datagram may hold another
// flow's packet: that one is told where the table knows its flow, by a packet that came whole.
//
// Flows are counted as without this: each fragment in the flow of its first one. One thread, the flow
// table's.
#pragma once

#include <cstdint>

#include "flow/flow_table.h"
#include "handshake/handshake_tracker.h"
#include "handshake/ip_reassembly.h"

namespace vedette {

class WholePackets {
 public:
  // Both outlive this.
  WholePackets(FlowTable& flows, HandshakeTracker& tracker, ReassemblyOptions options = {});

  // `place` is what the flow table gave for `packet`.
  void add(const Packet& packet, const FlowTable::Place& place) {
    if (packet.facts->core.facts & VDT_FACT_FRAGMENT) return reassembly_.add(packet, place.flow);
    if (!reassembly_.empty()) reassembly_.expire(packet.time);
    tracker_.add(packet, place);
  }

  // The flow ends: called from the flow table's sink.
  void end(const Flow& flow) {
    if (!reassembly_.empty()) reassembly_.give_up(&flow);
    tracker_.end(flow);
  }

  // The input ends, before the flow table ends its flows.
  void finish() { reassembly_.finish(); }

  [[nodiscard]] const ReassemblyCounters& counters() const { return reassembly_.counters(); }
  // Whole datagrams whose flow the table doesn't know.
  [[nodiscard]] std::uint64_t without_flow() const { return without_flow_; }

 private:
  void take(const Packet& packet);

  FlowTable& flows_;
  HandshakeTracker& tracker_;
  IpReassembly reassembly_;
  int depth_ = 0;  // of fragments within a datagram that was made whole
  std::uint64_t without_flow_ = 0;
};

}  // namespace vedette
