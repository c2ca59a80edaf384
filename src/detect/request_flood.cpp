#include "detect/request_flood.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "detect/flow_finding.h"
#include "detect/said_bytes.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr double kOver = 5;  // seconds that a rate is of
// Connections a second. Twice mod_evasive's DOSSiteCount, as many clients may share an address; one that
// keeps none of them open has ports for some 470 a second to one service (Linux's range, a minute of
// TIME_WAIT).
constexpr double kFloor = 100, kMedium = 300, kHigh = 1000;
constexpr double kSpreadFloor = 1000;
constexpr Nanoseconds kKnownFor = std::chrono::minutes(5);
constexpr double kSourceWeight = 1.0 / 3600, kServiceWeight = 1.0 / 60;  // of a second

Severity severity_of(double rate) {
  if (rate >= kHigh) return Severity::kHigh;
  return rate >= kMedium ? Severity::kMedium : Severity::kLow;
}

}  // namespace

RequestFlood::Source::Source() : Load(kSourceWeight, kFloor) {}
RequestFlood::Service::Service() : Load(kServiceWeight, kSpreadFloor) {}

void RequestFlood::Load::add(const Flow& flow, Nanoseconds now) {
  if (since == Nanoseconds{}) since = second_begin = last = now;
  now = std::max(now, last);
  rate *= std::exp(-std::chrono::duration<double>(now - last).count() / kOver);
  if (connections == 0 || rate < 0.5 / kOver) {
    first = flow.first;
    connections = packets = bytes = 0;
  }
  rate += 1 / kOver;
  last = now;
  if (const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - second_begin);
      seconds.count() > 0) {
    usual.add(static_cast<double>(second), true);
    usual.idle(static_cast<double>(seconds.count() - 1));
    second = 0;
    second_begin += seconds;
  }
  second++;
  connections++;
  packets += flow.sent[kInitiator].packets;
  bytes += flow.sent[kInitiator].bytes;
}

void RequestFlood::take(const HandshakeView& view) {
  web_.hear(view);
}

void RequestFlood::take(const FlowStep& step) {
  const Flow& flow = step.flow;
  if (step.side != kResponder || flow.key.protocol != VDT_IP_TCP || !(flow.marks & kInitiatorKnown)) return;
  const FlowCounts& said = flow.sent[kResponder];
  const FlowCounts before{said.packets - step.packets, said.bytes - step.bytes};
  if (!said_nothing(flow, before) || said_nothing(flow, said) || !web_.serves(flow)) return;
  bool made = false;
  const PairKey client = client_key(flow), server = service_key(flow);
  Source& source = sources_.at(client, made);
  source.add(flow, step.last);
  if (source.connections == 10) sources_.promote(client);
  if (source.rate >= kFloor) {
    if (source.usual.would_alarm(source.rate)) tell(flow, source, false, severity_of(source.rate));
    return;
  }
  Service& service = services_.at(server, made);
  service.add(flow, step.last);
  if (service.connections == 100) services_.promote(server);
  if (service.rate >= kSpreadFloor && step.last - service.since >= kKnownFor &&
      service.usual.would_alarm(service.rate))
    tell(flow, service, true, Severity::kMedium);
}

void RequestFlood::tell(const Flow& flow, Load& load, bool spread, Severity severity) {
  if (!load.telling.is_due(load.last, load.connections, severity)) return;
  Finding finding = finding_about(flow, "request_flood", FindingKind::kVolumetric, severity);
  if (spread) finding.source.reset();
  finding.first = load.first;
  finding.detected = finding.last = load.last;
  finding.packets = load.packets;
  finding.bytes = load.bytes;
  finding.score = load.rate;
  finding.threshold = spread ? kSpreadFloor : kFloor;
  finding.why = fmt::format(
      "{} opened {} connections to {} port {} that it answered, {:.0f} a second over the last {:.0f} s; "
      "usual are {:.1f}",
      spread ? "many sources" : prefix_text(*finding.source), load.connections, prefix_text(*finding.target),
      flow.key.dst_port, load.rate, kOver, load.usual.mean());
  raise(std::move(finding));
}

std::size_t RequestFlood::memory() const {
  return sources_.memory() + services_.memory() + web_.memory();
}

}  // namespace vedette
