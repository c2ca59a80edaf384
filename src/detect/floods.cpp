#include "detect/floods.h"

#include <fmt/format.h>

#include <cmath>

#include "detect/flood_severity.h"
#include "detect/flood_text.h"
#include "detect/reflectors.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// A flow's first packets, which may be all: longer ones are somebody's transfer.
constexpr std::uint64_t kFirst = 3;

// Until an answer can be expected a burst must be this much higher to convict: a handshake takes a round
// trip, a retransmitted one a second (RFC 6298), and a busy server's clients may come at once.
constexpr Nanoseconds kPatience = std::chrono::milliseconds(500);
constexpr double kImpatient = 4;

// Who scans asks each port a few times at most, and asks little: nmap's and ZMap's probes of any UDP port
// have a few dozen bytes, on average of all ports.
constexpr double kProbesOfAPort = 4;
constexpr std::uint64_t kLongestProbe = 400;  // bytes on the wire

// After so long without a packet of its class another flood begins, as Detection has it for findings.
constexpr Nanoseconds kOver = std::chrono::seconds(60);

// A frame says itself how long it was; no IP packet is longer than this, whatever it says.
constexpr double kMostBytes = 65'535 + 18;

double wire_bytes(const FlowStep& step) {
  return std::min(static_cast<double>(step.bytes), static_cast<double>(step.packets) * kMostBytes);
}

double seconds(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
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

Floods::Floods(Raise raise) : Detector(std::move(raise)), victims_(kDestinations), details_(kDetails) {}

void Floods::take(const FlowStep& step) {
  if (step.last == Nanoseconds{}) return;  // a file that keeps no times tells no rates
  if (step.begins)
    if (Entry* opener = victims_.find({step.sender(), step.flow.key.ip_version})) opener->value.opened++;
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
      Entry& entry = victim(flow.key.dst, flow.key.ip_version, step.last);
      ask(entry, step, kFloodSyn, static_cast<double>(step.packets));
      ask(entry, step, kFloodBytes, wire_bytes(step));
      return;
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
    Entry& entry = victim(flow.key.src, flow.key.ip_version, step.last);
    ask(entry, step, kFloodSynAck, static_cast<double>(step.packets));
    ask(entry, step, kFloodBytes, wire_bytes(step));
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
  if (is_fragment(step)) {
    Entry& entry = victim(flow.key.dst, flow.key.ip_version, step.last);
    ask(entry, step, kFloodFragment, static_cast<double>(step.packets));
    ask(entry, step, kFloodBytes, wire_bytes(step));
    return;
  }
  if (!is_control(flow.key)) return ask_first(step, flood);
  ask(victim(flow.key.dst, flow.key.ip_version, step.last), step, flood, static_cast<double>(step.packets));
}

void Floods::take_icmp(const FlowStep& step) {
  const Flow& flow = step.flow;
  // Answers to echoes that were asked.
  if (step.side == kResponder && flow.sent[kInitiator].packets != 0) return;
  Entry& entry = victim(step.receiver(), flow.key.ip_version, step.last);
  // Errors about what it sent itself: who scans gets many.
  if (step.packet != nullptr && is_icmp_error(step.packet->core) && entry.value.opened > 0 &&
      entry.value.opened >= entry.value.loads[kFloodIcmp].rate())
    return;
  ask(entry, step, kFloodIcmp, static_cast<double>(step.packets));
  if (flow.sent[kResponder].packets == 0) ask(entry, step, kFloodBytes, wire_bytes(step));
}

Floods::Entry& Floods::victim(const vdt_address& address, std::uint8_t ip_version, Nanoseconds now) {
  Entry& entry = victims_.at({address, ip_version}, [this](Entry& parting) {
    for (FloodLoad& load : parting.value.loads) release(load);
    if (parting.value.active) std::erase(active_, &parting);
  });
  FloodVictim& victim = entry.value;
  if (!victim.active) {
    victim.active = true;
    if (victim.settled == Nanoseconds{}) victim.settled = now;
    settle(entry, now);
    active_.push_back(&entry);
  }
  return entry;
}

void Floods::ask_first(const FlowStep& step, FloodClass flood) {
  const Flow& flow = step.flow;
  const std::uint64_t sent = flow.sent[step.side].packets, before = sent - step.packets;
  Entry& entry = victim(step.receiver(), flow.key.ip_version, step.last);
  if (sent <= kFirst) {
    ask(entry, step, flood, static_cast<double>(step.packets));
  } else {
    if (before <= kFirst) entry.value.loads[flood].asked -= static_cast<double>(before);
    ask(entry, step, kFloodHeld, static_cast<double>(step.packets));
  }
  ask(entry, step, kFloodBytes, wire_bytes(step));
}

void Floods::ask(Entry& entry, const FlowStep& step, FloodClass flood, double count) {
  FloodLoad& load = entry.value.loads[flood];
  const FloodKind& kind = flood_kind(flood);
  if (load.packets == 0 || step.last - load.last > kOver) {
    load.since = step.last;
    load.packets = load.bytes = 0;
  }
  load.last = std::max(load.last, step.last);
  load.packets += step.packets;
  load.bytes += static_cast<std::uint64_t>(wire_bytes(step));
  const double before = load.rate();
  load.asked += count;
  const double rate = load.rate();
  if (rate < kind.floor / 8) return;
  count_detail(load, step);
  // At each doubling from the floor on, so that a burst within a tick convicts in it.
  if (rate >= kind.floor && std::ilogb(rate / kind.floor) != std::ilogb(before / kind.floor))
    judge(entry, flood, step.last, false);
}

void Floods::answer(const vdt_address& address, std::uint8_t ip_version, FloodClass flood, double packets) {
  Entry* entry = victims_.find({address, ip_version});
  if (entry == nullptr) return;
  FloodLoad& load = entry->value.loads[flood];
  load.asked -= packets;
  load.answered += packets;
}

void Floods::count_detail(FloodLoad& load, const FlowStep& step) {
  if (load.detail == FloodLoad::kNoDetail) {
    const auto free = std::ranges::find(details_, false, &FloodDetail::taken);
    if (free == details_.end()) return;
    *free = {};
    free->taken = true;
    load.detail = static_cast<std::uint16_t>(free - details_.begin());
  }
  FloodDetail& detail = details_[load.detail];
  detail.sources.add(mixed_hash(step.sender(), 0));
  detail.top_sources.add(step.sender());
  if (has_ports(step.flow)) {
    detail.top_ports.add(step.receiver_port());
    detail.ports.add(step.receiver_port());
  }
  detail.top_flags.add(step.tcp_flags);
  detail.top_lengths.add(step.max_length);
}

void Floods::release(FloodLoad& load) {
  if (load.detail != FloodLoad::kNoDetail) details_[load.detail].taken = false;
  load.detail = FloodLoad::kNoDetail;
  load.convicted = false;
}

void Floods::settle(Entry& entry, Nanoseconds now) {
  FloodVictim& victim = entry.value;
  const double elapsed = seconds(now - victim.settled);
  if (elapsed <= 0) return;
  victim.settled = now;
  const double fades = std::exp(-elapsed);
  double heavy = 0;
  for (std::size_t flood = 0; flood < kFloodClasses; flood++) {
    FloodLoad& load = victim.loads[flood];
    if (load.packets == 0) continue;
    const double floor = flood_kind(static_cast<FloodClass>(flood)).floor;
    const double ticks = elapsed / FloodLoad::kTickSeconds;
    load.usual.add(std::max(0.0, load.asked), load.rate() < floor);
    if (ticks > 1.5) load.usual.idle(ticks - 1);
    load.window = std::max(0.0, load.window + load.asked) * fades;
    load.answered *= fades;
    load.asked = 0;
    const double over = load.window / floor;
    if (over < 1.0 / 16) release(load);
    heavy = std::max(heavy, over);
  }
  victim.opened *= fades;
  victim.heavy = static_cast<std::uint64_t>(heavy * 1000);
}

void Floods::tick(Nanoseconds now) {
  std::erase_if(active_, [&](Entry* entry) {
    for (std::size_t flood = 0; flood < kFloodClasses; flood++)
      judge(*entry, static_cast<FloodClass>(flood), now, false);
    settle(*entry, now);
    entry->value.active = entry->value.heavy != 0;
    return !entry->value.active;
  });
}

void Floods::finish() {
  for (Entry* entry : active_)
    for (std::size_t flood = 0; flood < kFloodClasses; flood++)
      judge(*entry, static_cast<FloodClass>(flood), entry->value.loads[flood].last, true);
}

bool Floods::is_scan(FloodClass flood, const FloodLoad& load) const {
  if ((flood != kFloodSyn && flood != kFloodUdp && flood != kFloodTcp) || load.detail == FloodLoad::kNoDetail)
    return false;
  const FloodDetail& detail = details_[load.detail];
  if (detail.sources.distinct() >= FloodDetail::kManySources) return false;
  const auto& port = detail.top_ports.top();
  if ((port.count - port.error) * 32ULL >= detail.sources.count()) return false;
  if (load.rate() >= flood_kind(kFloodHeld).floor) return false;
  if (load.bytes > load.packets * kLongestProbe) return false;
  const double asked = std::max(1.0, detail.sources.distinct()) * detail.ports.distinct();
  return static_cast<double>(detail.sources.count()) <= kProbesOfAPort * asked;
}

void Floods::judge(Entry& entry, FloodClass flood, Nanoseconds now, bool ends) {
  FloodLoad& load = entry.value.loads[flood];
  const double floor = flood_kind(flood).floor;
  const double rate = load.rate();
  if (rate < floor || (load.asked <= 0 && !ends)) return;
  if (load.convicted) return convict(entry, flood, now);
  const bool early = now - load.since < kPatience && !ends;
  if (early && rate < floor * kImpatient) return;
  if (rate < load.answered / 4) return;
  if (!load.usual.would_alarm(load.asked)) return;
  if (is_scan(flood, load)) return;
  // Fragments of few sources may be somebody's one-way transfer.
  if (flood == kFloodFragment && rate < flood_kind(kFloodHeld).floor &&
      (load.detail == FloodLoad::kNoDetail || details_[load.detail].sources.distinct() < 16))
    return;
  convict(entry, flood, now);
}

void Floods::convict(Entry& entry, FloodClass flood, Nanoseconds now) {
  FloodLoad& load = entry.value.loads[flood];
  const FloodKind& kind = flood_kind(flood);
  FloodDetail* detail = load.detail == FloodLoad::kNoDetail ? nullptr : &details_[load.detail];
  const auto version = static_cast<std::uint8_t>(entry.key.rest);
  if (detail != nullptr && !load.convicted) {
    const auto& source = detail->top_sources.top();
    const auto& port = detail->top_ports.top();
    if ((source.count - source.error) * 2ULL > detail->sources.count())
      detail->source = host(source.thing, version);
    if ((port.count - port.error) * 2ULL > detail->sources.count()) detail->port = port.thing;
  }
  load.convicted = true;
  const double rate = load.rate();
  Finding finding;
  finding.detector = kind.detector;
  finding.kind = kind.kind;
  finding.severity = flood_severity(flood, rate, flood_sources(detail));
  if (detail != nullptr) {
    finding.source = detail->source;
    finding.port = detail->port;
  }
  finding.target = host(entry.key.address, version);
  finding.first = load.since;
  finding.detected = now;
  finding.last = load.last;
  finding.packets = load.packets;
  finding.bytes = load.bytes;
  finding.score = rate;
  finding.threshold = kind.floor;
  finding.why = flood_text(kind, finding, load, detail);
  raise(std::move(finding));
}

std::size_t Floods::memory() const {
  return victims_.memory() + details_.size() * sizeof(FloodDetail) + active_.capacity() * sizeof(Entry*);
}

}  // namespace vedette
