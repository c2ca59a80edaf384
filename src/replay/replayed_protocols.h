// The protocol policy of a dry run: the kernel's program for it, and the decoders that tell it what a first
// payload doesn't show, both at the capture's times.
//
// Decoders have said what they can before the next packet is run, where a sensor's take some milliseconds: so
// a dry run refuses a connection at the first packet behind the one that showed it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "abi/packet.h"
#include "act/protocol_keeper.h"
#include "base/error.h"
#include "flow/flow_table.h"
#include "handshake/handshake_tracker.h"
#include "kernel/packet_programs.h"
#include "policy/protocol_entry.h"

namespace vedette {

// One thread.
class ReplayedProtocols {
 public:
  // `programs`, a dry run's, must outlive this. Fails where the kernel refuses the program, or the entries
  // are too many for it.
  [[nodiscard]] static Result<std::unique_ptr<ReplayedProtocols>> open(
      PacketPrograms& programs, const std::vector<ProtocolEntry>& entries);

  // It is that late on the programs' clock.
  void at(std::uint64_t now_ns) { now_ns_ = now_ns; }
  // A packet that neither a list nor a rule dropped, from its Ethernet header on, after the programs have
  // seen it.
  void take(std::span<const std::uint8_t> bytes, const vdt_packet& facts);

  // By the policy's order.
  [[nodiscard]] std::vector<ProtocolCount> counts() const { return keeper_->counts(); }

 private:
  ReplayedProtocols() = default;

  std::uint64_t now_ns_ = 0;
  std::unique_ptr<ProtocolKeeper> keeper_;
  HandshakeTracker tracker_{{}, [this](const HandshakeView& handshake) { keeper_->take(handshake); }};
  FlowTable flows_{{}, [this](const FlowView& flow) {
                     if (flow.end != FlowEnd::kReport) tracker_.end(flow.flow);
                   }};
};

}  // namespace vedette
