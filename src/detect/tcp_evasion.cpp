#include "detect/tcp_evasion.h"

#include <fmt/format.h>

#include "detect/flow_finding.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// So much data behind a reset: one segment may be of a stack that had it under way.
constexpr std::uint32_t kLeastSegments = 2;

bool is_behind(std::uint32_t seq, std::uint32_t other) {
  return static_cast<std::int32_t>(seq - other) >= 0;  // RFC 9293 §3.4
}

}  // namespace

void TcpEvasion::look(const FlowStep& step) {
  if (step.flow.resets == 0 || !(step.packet->core.facts & VDT_FACT_TCP)) return;
  const std::uint8_t flags = step.packet->core.tcp_flags;
  if (flags & VDT_TCP_RST) return take_reset(step);
  if ((flags & (VDT_TCP_SYN | VDT_TCP_ACK)) == VDT_TCP_SYN) return resets_.erase(&step.flow);
  if (Reset* reset = resets_.find(&step.flow)) go_on(step, *reset);
}

void TcpEvasion::take_reset(const FlowStep& step) {
  const vdt_packet_core& core = step.packet->core;
  if ((core.tcp_flags & (VDT_TCP_SYN | VDT_TCP_FIN | VDT_TCP_PSH | VDT_TCP_URG)) || core.payload_length > 0)
    return;  // no stack resets so: a damaged segment
  Reset& reset = resets_.at(&step.flow);
  if (reset.data_segments || reset.handshake_went_on) return;
  const bool synced = step.flow.tcp_flags[kResponder] & VDT_TCP_SYN;
  reset = {.side = step.side,
           .of_handshake = step.side == kResponder && !synced && (core.tcp_flags & VDT_TCP_ACK) &&
                           (step.flow.tcp_flags[kInitiator] & VDT_TCP_SYN),
           .seq = core.tcp_seq};
}

void TcpEvasion::go_on(const FlowStep& step, Reset& reset) {
  const vdt_packet_core& core = step.packet->core;
  if (reset.of_handshake) {
    constexpr std::uint8_t kSynAck = VDT_TCP_SYN | VDT_TCP_ACK;
    if (step.side == kResponder && (core.tcp_flags & kSynAck) == kSynAck) reset.handshake_went_on = true;
    if (step.side == kInitiator && reset.handshake_went_on && core.payload_length > 0)
      tell(step, reset, "the handshake was reset, and it and data went on as if it hadn't been");
    return;
  }
  if (step.side == reset.side) {
    if (core.payload_length == 0 || !is_behind(core.tcp_seq, reset.seq)) return;
    reset.data_segments++;
    reset.data_end = core.tcp_seq + core.payload_length;
  } else if (reset.data_segments >= kLeastSegments && (core.tcp_flags & VDT_TCP_ACK) &&
             is_behind(core.tcp_ack, reset.data_end)) {
    tell(step, reset, "data went on behind a reset of its sender's, and was acknowledged");
  }
}

void TcpEvasion::tell(const FlowStep& step, const Reset& reset, std::string_view what) {
  Finding finding = finding_about(step.flow, "tcp_evasion", FindingKind::kAnomaly, Severity::kMedium);
  finding.detected = finding.last = step.last;
  finding.score = reset.of_handshake ? 1 : reset.data_segments;
  finding.threshold = reset.of_handshake ? 1 : kLeastSegments;
  finding.why = fmt::format("between {} {}", flow_ends_text(step.flow), what);
  raise(std::move(finding));
  resets_.erase(&step.flow);
}

void TcpEvasion::end(const FlowView& flow) {
  if (flow.end != FlowEnd::kReport) resets_.erase(&flow.flow);
}

}  // namespace vedette
