// What files tell of a TCP connection beyond its flow's counters: each direction's sequence state (the
// kernel's own code, bpf/flow/tcp_health.h) and the round trips between data and its ACK. Live, the kernel
// keeps both.
#pragma once

#include <array>
#include <cstdint>

#include "abi/flow_record.h"
#include "abi/packet.h"
#include "base/units.h"
#include "flow/flow.h"

namespace vedette {

// Aligned so that it lies in two cache lines, not three.
struct alignas(32) TcpTracking {
  struct Side {
    vdt_tcp_health health{};
    std::uint32_t timed_end = 0;  // sequence number whose ACK is awaited
    std::uint32_t timed_us = 0;   // when its segment passed, wraps
    std::uint32_t rtt_us = 0;     // smoothed, from here to the other end and back; 0 = none yet
    bool timing = false;
  };
  std::array<Side, 2> sides{};
  std::uint32_t first_seq =
      0;  // of the initiator's SYN; valid with kInitiatorKnown and VDT_TCP_SYN in its flags
};

// Accounts one segment that `side` of `flow` sent at `now` in both. One segment a side is timed at a time,
// none that was sent twice (Karn's rule), smoothed by RFC 6298: 7/8 old, 1/8 new. The flow's rtt_us is both
// sides' sum: the whole way, wherever the capture was taken.
void track_segment(TcpTracking& tracking, Flow& flow, FlowSide side, const vdt_packet_core& core,
                   Nanoseconds now);

}  // namespace vedette
