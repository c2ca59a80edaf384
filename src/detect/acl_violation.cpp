#include "detect/acl_violation.h"

#include <fmt/format.h>

#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr Nanoseconds kWindow = std::chrono::seconds(60);
// A name server, a mail server and a web server that are closed to a client, by both protocols and from both
// families, are not twice as many.
constexpr std::uint64_t kKnocks = 16;
constexpr std::uint64_t kScan = 100;  // nmap -F asks for so many ports

// A server answers from the lower port, as a rule.
bool asks(const vdt_packet_core& core) {
  if (core.facts & VDT_FACT_TCP) return !(core.tcp_flags & (VDT_TCP_ACK | VDT_TCP_RST));
  if (core.facts & VDT_FACT_ICMP) return core.icmp_type == (core.key.ip_version == 6 ? 128 : 8);
  return !(core.facts & VDT_FACT_PORTS) || core.key.dst_port <= core.key.src_port;
}

// The addresses and ports as who asked has them; nothing where nobody asks, or who does isn't another host.
const vdt_flow_key* asked(const vdt_packet_core& core, const FlowTable::Place& place) {
  const bool came_in = core.direction != VDT_DIRECTION_OUT;
  if (place.flow && (place.flow->marks & kInitiatorKnown))
    return came_in == (place.side == kInitiator) ? &place.flow->key : nullptr;
  return (core.facts & VDT_FACT_IP) && came_in && asks(core) ? &core.key : nullptr;
}

}  // namespace

void AclViolation::take_dropped(const Packet& packet, const FlowTable::Place& place) {
  const vdt_packet_core& core = packet.facts->core;
  const vdt_flow_key* asking = asked(core, place);
  if (!asking) return;
  const vdt_flow_key& flow = *asking;
  bool made = false;
  const PairKey key{flow.src, {}, flow.ip_version};
  Source& source = sources_.at(key, made);
  if (packet.time - source.last > kWindow) source = {};
  if (source.packets == 0) {
    source.first = packet.time;
    source.target = flow.dst;
  }
  source.last = packet.time;
  source.packets += packet.segments;
  source.bytes += core.length;
  source.targets.add(mixed(mixed(flow.dst), std::uint64_t{flow.protocol} << 16 | flow.dst_port));
  if (source.packets >= 2) sources_.promote(key);

  const std::uint64_t targets = source.targets.estimate();
  if (targets < kKnocks) return;
  const Severity severity = targets >= kScan ? Severity::kMedium : Severity::kLow;
  if (!source.telling.is_due(packet.time, targets, severity)) return;
  Finding finding;
  finding.detector = "acl_violation";
  finding.kind = FindingKind::kAclViolation;
  finding.severity = severity;
  finding.source = host(flow.src, flow.ip_version);
  finding.first = source.first;
  finding.detected = finding.last = packet.time;
  finding.packets = source.packets;
  finding.bytes = source.bytes;
  finding.score = static_cast<double>(targets);
  finding.threshold = kKnocks;
  finding.why =
      fmt::format("{} asked for {} ports that it is kept out of, first at {}, in {:.2f} s",
                  prefix_text(*finding.source), targets, prefix_text(host(source.target, flow.ip_version)),
                  std::chrono::duration<double>(source.last - source.first).count());
  raise(std::move(finding));
}

}  // namespace vedette
