#include "detect/floods.h"

#include "detect/reflectors.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// A flow's first packets, which may be all: longer ones are somebody's transfer.
constexpr std::uint64_t kFirst = 3;

// A frame says itself how long it was; no IP packet is longer than this, whatever it says.
constexpr double kMostBytes = 65'535 + 18;

double wire_bytes(const FlowStep& step) {
  return std::min(static_cast<double>(step.bytes), static_cast<double>(step.packets) * kMostBytes);
}

// RFC 792, RFC 4443.
bool is_icmp_error(const vdt_packet_core& core) {
  if (core.key.ip_version == 6) return core.icmp_type < 128;
  return core.icmp_type == 3 || core.icmp_type == 4 || core.icmp_type == 11 || core.icmp_type == 12;
}

// A fragment; where the packet isn't at hand, one that doesn't know its ports, as the one that has them
// didn't come before it.
bool is_fragment(const FlowStep& step) {
  if (step.packet != nullptr) return step.packet->core.fragment != VDT_FRAGMENT_NONE;
  const vdt_flow_key& key = step.flow.key;
  return (key.protocol == VDT_IP_UDP || key.protocol == VDT_IP_TCP) && key.src_port == 0 && key.dst_port == 0;
}

// Protocols of the network itself, of which there is never much: none of their packets is somebody's
// transfer.
bool is_control(const vdt_flow_key& key) {
  switch (key.protocol) {
    case 2:    // IGMP
    case 89:   // OSPF
    case 103:  // PIM
    case 112:  // VRRP
      return true;
    case VDT_IP_UDP:
      switch (key.dst_port) {
        case 67:  // DHCP
        case 68:
        case 137:  // NetBIOS
        case 138:
        case 546:  // DHCPv6
        case 547:
        case 1900:  // SSDP
        case 5353:  // mDNS
        case 5355:  // LLMNR
          return true;
        default:
          return false;
      }
    default:
      return false;
  }
}

}  // namespace

Floods::Floods(const Raise& raise)
    : Detector(raise),
      scopes_{FloodVictims(kScopes[0], raise), FloodVictims(kScopes[1], raise),
              FloodVictims(kScopes[2], raise)} {}

void Floods::take(const FlowStep& step) {
  if (step.last == Nanoseconds{}) return;  // a file that keeps no times tells no rates
  if (step.begins) scopes_[0].open(step.sender(), step.flow.key.ip_version);
  if (step.outer != nullptr) take_outer(step);
  switch (step.flow.key.protocol) {
    case VDT_IP_TCP:
      return is_fragment(step) && step.flow.key.dst_port == 0 ? take_datagram(step, kFloodTcp)
                                                              : take_tcp(step);
    case VDT_IP_UDP:
      return take_datagram(step, kFloodUdp);
    case VDT_IP_ICMP:
    case VDT_IP_ICMPV6:
      return take_icmp(step);
    default:
      return take_datagram(step, kFloodOther);
  }
}

void Floods::take_tcp(const FlowStep& step) {
  const Flow& flow = step.flow;
  const std::uint8_t asked = flow.tcp_flags[kInitiator], replied = flow.tcp_flags[kResponder];
  const std::uint64_t before = flow.sent[step.side].packets - step.packets;
  const bool begun = (asked | replied) & VDT_TCP_SYN;
  if (asked & replied & VDT_TCP_ACK) {
    // The handshake's last segment: all SYNs before it were this connection's.
    if (step.side == kInitiator && (asked & VDT_TCP_SYN) && before != 0 &&
        before <= 1 + flow.retransmits[kInitiator])
      answer(flow.key.dst, flow.key.ip_version, kFloodSyn, static_cast<double>(before));
    else if (!begun && before == 0 && step.side == kResponder && !(replied & VDT_TCP_RST))
      answer(flow.key.dst, flow.key.ip_version, kFloodTcp,
             static_cast<double>(std::min(flow.sent[kInitiator].packets, kFirst)));
    return;
  }
  if (step.side == kInitiator) {
    if ((asked & VDT_TCP_SYN) && !(asked & VDT_TCP_ACK)) {
      if (!(step.tcp_flags & VDT_TCP_SYN)) return;
      return ask(step, kFloodSyn);
    }
    if (asked & VDT_TCP_SYN) {
      // Only this direction is seen, and it went on.
      if (replied == 0 && before != 0 && before <= 1 + flow.retransmits[kInitiator])
        answer(flow.key.dst, flow.key.ip_version, kFloodSyn, static_cast<double>(before));
      return;
    }
    if (!begun && replied == 0) ask_first(step, kFloodTcp);
    return;
  }
  if (flow.sent[kInitiator].packets != 0 || !(replied & VDT_TCP_SYN)) return;
  // With all flags at once nobody answers.
  if ((step.tcp_flags & VDT_TCP_SYN) && (step.tcp_flags & (VDT_TCP_FIN | VDT_TCP_RST)))
    return ask_first(step, kFloodTcp);
  if (step.tcp_flags & (VDT_TCP_SYN | VDT_TCP_RST)) {
    ask(step, kFloodSynAck);
  } else if (before <= kFirst) {
    // It goes on: a connection of which only this direction is seen.
    answer(flow.key.src, flow.key.ip_version, kFloodSynAck, static_cast<double>(before));
  }
}

void Floods::take_datagram(const FlowStep& step, FloodClass flood) {
  const Flow& flow = step.flow;
  if (flow.sent[kResponder].packets != 0) {
    if (step.side != kResponder || flow.sent[kResponder].packets != step.packets) return;
    const std::uint64_t asked = flow.sent[kInitiator].packets;
    if (asked <= kFirst || is_control(flow.key))
      answer(flow.key.dst, flow.key.ip_version, flood, static_cast<double>(asked));
    return;
  }
  if (flood == kFloodUdp && is_reflected(step)) return;  // src/detect/amplification.h
  if (is_fragment(step)) return ask(step, kFloodFragment);
  if (!is_control(flow.key)) return ask_first(step, flood);
  ask(step, flood, false);
}

void Floods::take_icmp(const FlowStep& step) {
  const Flow& flow = step.flow;
  // Answers to echoes that were asked.
  if (step.side == kResponder && flow.sent[kInitiator].packets != 0) return;
  // Errors about what it sent itself: who scans gets many.
  if (step.packet != nullptr && is_icmp_error(step.packet->core) &&
      scopes_[0].has_opened(step.receiver(), flow.key.ip_version, kFloodIcmp, step.last))
    return;
  ask(step, kFloodIcmp, flow.sent[kResponder].packets == 0);
}

// Which addresses stand within a tunnel its sender chooses freely, so what is told of those is told of the
// tunnel's end too.
void Floods::take_outer(const FlowStep& step) {
  const Flow& flow = step.flow;
  const vdt_outer& outer = *step.outer;
  if (flow.sent[step.side].packets != step.packets) return;
  if (step.side == kResponder && flow.sent[kInitiator].packets != 0) {
    answer(outer.src, outer.ip_version, kFloodTunnel, 1);
    // What a mirror of others' traffic sends goes one way.
    return answer(outer.dst, outer.ip_version, kFloodTunnel, 1);
  }
  ask({.source = outer.src,
       .target = outer.dst,
       .ip_version = outer.ip_version,
       .port = {},
       .tcp_flags = 0,
       .max_length = step.max_length,
       .packets = 1,
       .bytes = wire_bytes(step) / static_cast<double>(step.packets),
       .last = step.last},
      kFloodTunnel, false);
}

void Floods::ask_first(const FlowStep& step, FloodClass flood) {
  const Flow& flow = step.flow;
  const std::uint64_t sent = flow.sent[step.side].packets, before = sent - step.packets;
  if (sent <= kFirst) return ask(step, flood);
  if (before <= kFirst)
    for (FloodVictims& scope : scopes_)
      scope.take_back(step.receiver(), flow.key.ip_version, flood, static_cast<double>(before));
  ask(step, kFloodHeld);
}

void Floods::ask(const FlowStep& step, FloodClass flood, bool bytes) {
  ask({.source = step.sender(),
       .target = step.receiver(),
       .ip_version = step.flow.key.ip_version,
       .port = has_ports(step.flow) ? std::optional(step.receiver_port()) : std::nullopt,
       .tcp_flags = step.tcp_flags,
       .max_length = step.max_length,
       .packets = step.packets,
       .bytes = wire_bytes(step),
       .last = step.last},
      flood, bytes);
}

void Floods::ask(const FloodPackets& packets, FloodClass flood, bool bytes) {
  for (FloodVictims& scope : scopes_)
    if (scope.ask(packets, flood, bytes)) return;
}

void Floods::answer(const vdt_address& address, std::uint8_t ip_version, FloodClass flood, double packets) {
  for (FloodVictims& scope : scopes_) scope.answer(address, ip_version, flood, packets);
}

void Floods::tick(Nanoseconds now) {
  for (FloodVictims& scope : scopes_) scope.tick(now);
}

void Floods::finish() {
  for (FloodVictims& scope : scopes_) scope.finish();
}

std::size_t Floods::memory() const {
  std::size_t bytes = 0;
  for (const FloodVictims& scope : scopes_) bytes += scope.memory();
  return bytes;
}

}  // namespace vedette
