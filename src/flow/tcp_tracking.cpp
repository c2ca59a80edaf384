#include "flow/tcp_tracking.h"

#include <algorithm>

#include "flow/saturating.h"
#include "flow/tcp_health.h"

namespace vedette {

namespace {

void smooth(std::uint32_t& rtt_us, std::uint32_t sample_us) {
  if (rtt_us == 0)
    rtt_us = std::max(sample_us, 1U);
  else
    rtt_us = static_cast<std::uint32_t>((std::uint64_t{rtt_us} * 7 + sample_us) / 8);
}

void take_sample(TcpTracking::Side& sender, const vdt_packet_core& ack, std::uint32_t now_us) {
  if (!sender.timing || !(ack.tcp_flags & VDT_TCP_ACK) || vdt_seq_before(ack.tcp_ack, sender.timed_end))
    return;
  sender.timing = false;
  smooth(sender.rtt_us, now_us - sender.timed_us);
}

}  // namespace

void track_segment(TcpTracking& tracking, Flow& flow, FlowSide side, const vdt_packet_core& core,
                   Nanoseconds now) {
  TcpTracking::Side& mine = tracking.sides[side];
  TcpTracking::Side& other = tracking.sides[1 - side];
  const auto now_us = static_cast<std::uint32_t>(now.count() / 1000);
  const vdt_tcp_health before = mine.health;

  vdt_tcp_update(&mine.health, &core, now_us);

  const std::uint32_t again = mine.health.retransmits - before.retransmits;
  const std::uint32_t late = mine.health.out_of_order - before.out_of_order;
  add_saturating(flow.retransmits[side], again);
  add_saturating(flow.out_of_order, late);
  add_saturating(flow.zero_windows,
                 static_cast<std::uint16_t>(mine.health.zero_windows - before.zero_windows));
  add_saturating(flow.resets, static_cast<std::uint16_t>(mine.health.resets - before.resets));
  if (mine.health.state & VDT_TCP_HANDSHAKE_SEEN) flow.handshake_rtt_us = mine.health.handshake_us;

  take_sample(other, core, now_us);
  if (again != 0 || late != 0) {
    mine.timing = false;
  } else if (!mine.timing && core.payload_length > 0 && !(core.tcp_flags & VDT_TCP_RST)) {
    mine.timing = true;
    mine.timed_end = core.tcp_seq + core.payload_length;
    mine.timed_us = now_us;
  }
  flow.rtt_us = mine.rtt_us + other.rtt_us;
}

}  // namespace vedette
