// What a detector is: it sees the stream of packets, flows and handshakes, and raises findings. Pure over
// that stream: time is the packets' own, so that a capture file raises exactly what the live traffic would
// have; and bounded in memory, whatever a flood of forged sources may be.
//
// The stream is what a live sensor has too, which doesn't see each packet: flows grow by steps, of one packet
// where a file is read, of what a sweep of the kernel's flow cache found otherwise. Packets that no flow
// tells enough of (detect/odd_packet.h) come one by one from both. And a flow's packets can be looked at:
// each where a file is read; live, its first ones and odd ones, whose bytes the kernel tells beside the
// growth. So who counts takes steps, and who reads bytes looks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "abi/packet.h"
#include "base/prefix.h"
#include "base/units.h"
#include "detect/finding.h"
#include "flow/flow.h"
#include "handshake/handshake_tracker.h"
#include "packet/packet.h"

namespace vedette {

// By how much one side of a flow has grown. Valid during the call.
struct FlowStep {
  const Flow& flow;          // as it stands, this step counted; its address is the flow's until its end
  FlowSide side;             // who sent
  bool begins;               // the first step of the flow
  std::uint64_t packets;     // on the wire
  std::uint64_t bytes;       // on the wire
  Nanoseconds last;          // of the step's latest packet, since the epoch
  std::uint8_t tcp_flags;    // OR of the step's segments' flags; live, of all that this side has sent
  std::uint32_t max_length;  // bytes of the longest frame; live, of the flow
  const vdt_packet* packet;  // the step's only packet; null where a step tells several
  std::span<const std::uint8_t> captured = {};  // its frame, as far as it was captured
  // Of the tunnel that the step's packets came in; null where there is none, and live of a flow's later
  // steps.
  const vdt_outer* outer = nullptr;

  // What stands behind its transport header (of ICMP, behind the eight bytes that all messages have).
  [[nodiscard]] std::span<const std::uint8_t> payload() const {
    if (!packet || packet->core.payload_offset == 0 || packet->core.payload_offset >= captured.size())
      return {};
    const auto behind = captured.subspan(packet->core.payload_offset);
    return behind.first(std::min<std::size_t>(behind.size(), packet->core.payload_length));
  }

  [[nodiscard]] const vdt_address& sender() const { return side == kInitiator ? flow.key.src : flow.key.dst; }
  [[nodiscard]] const vdt_address& receiver() const {
    return side == kInitiator ? flow.key.dst : flow.key.src;
  }
  [[nodiscard]] std::uint16_t sender_port() const {
    return side == kInitiator ? flow.key.src_port : flow.key.dst_port;
  }
  [[nodiscard]] std::uint16_t receiver_port() const {
    return side == kInitiator ? flow.key.dst_port : flow.key.src_port;
  }
};

// An address alone as a finding names it.
[[nodiscard]] inline Prefix host(const vdt_address& address, std::uint8_t ip_version) {
  return {address, ip_version, Prefix::longest(ip_version)};
}

class Detector {
 public:
  // Takes what is raised. A behaviour that goes on may be raised again, with its totals so far: it stays one
  // finding, known by detector, kind, source, target and port.
  using Raise = std::function<void(Finding)>;

  explicit Detector(Raise raise) : raise_(std::move(raise)) {}
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;
  virtual ~Detector() = default;

  virtual void take(const FlowStep&) {}
  // A packet of the flow, `packet` and `captured` of the step; the flow stands as it does after a step that
  // counted it. `begins`: it is the flow's first.
  virtual void look(const FlowStep&) {}
  virtual void take(const HandshakeView&) {}
  // A packet that is odd (detect/odd_packet.h).
  virtual void take(const Packet&) {}
  // A packet that was dropped by a verdict of ours: live, a sample of them. Where it is in no flow, as it
  // came to none, it comes to nothing else.
  virtual void take_dropped(const Packet&, const FlowTable::Place&) {}
  // The flow ends, or the input does.
  virtual void end(const FlowView&) {}
  // Ten times a second of the packets' time while packets come; `now` never goes back.
  virtual void tick(Nanoseconds now) { static_cast<void>(now); }
  // The input ends: no later call but the destructor's.
  virtual void finish() {}
  // Bytes held, bounded.
  [[nodiscard]] virtual std::size_t memory() const { return 0; }

 protected:
  void raise(Finding finding) const { raise_(std::move(finding)); }

 private:
  Raise raise_;
};

}  // namespace vedette
