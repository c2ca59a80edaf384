#include "detect/host_scan.h"

#include <fmt/format.h>

#include "packet/names.h"

namespace vedette {

namespace {

// Snort's sfPortscan at its lowest sensitivity wants five refusals (g_tcp_low_sweep).
constexpr std::uint64_t kFewest = 5;
// The same of ICMP at its highest: ten hosts, three of them not there (g_icmp_hi_sweep).
constexpr std::uint64_t kFewestEchoed = 10;
constexpr std::uint64_t kFewestMissed = 3;
// Zeek's Scan::addr_scan_threshold.
constexpr std::uint64_t kMany = 25;
// The hosts of a /24, less one and a half standard errors of the estimate.
constexpr std::uint64_t kNetwork = 229;
// Of hosts whose silence says nothing: a quarter of a /24.
constexpr std::uint64_t kSilent = 64;
// A source most of whose contacts are answered looks for none that is there: θ1 of the walk. So a client of
// a peer-to-peer network, half of whose peers are gone, stays below.
constexpr std::uint64_t kFailedPerAnswer = 4;
// So long after an answer to anybody a capture is taken to hold answers.
constexpr Nanoseconds kAnswersSeen = std::chrono::seconds(60);

// Who pings hosts that he knows finds them: nineteen of twenty are there; of a network's addresses half.
constexpr WalkModel kEchoes{.benign = 0.95, .scanner = 0.5};

bool convicts(const ContactWalk& walk, bool echoes) {
  if (walk.silent() >= kSilent && walk.silent() >= kFailedPerAnswer * walk.answered()) return true;
  if (!walk.walk().convicts()) return false;
  return echoes ? walk.failed() >= kFewestMissed && walk.failed() + walk.answered() >= kFewestEchoed
                : walk.failed() >= kFewest;
}

Severity severity_of(std::uint64_t hosts, std::uint64_t answered) {
  if (hosts < kFailedPerAnswer * answered) return Severity::kLow;
  if (hosts >= kNetwork) return Severity::kHigh;
  return hosts >= kMany ? Severity::kMedium : Severity::kLow;
}

std::string asked_for(const Contact& contact) {
  if (contact.technique == Technique::kEcho) return "an echo";
  return fmt::format("port {}/{}", contact.port, protocol_name(contact.protocol));
}

}  // namespace

void HostScan::take(const Contact& contact) {
  if (contact.technique == Technique::kUdp && contact.outcome == Outcome::kAnswered)
    udp_answered_ = contact.now;
  const PairKey key{contact.source,
                    {},
                    static_cast<std::uint64_t>(contact.ip_version) << 32 |
                        static_cast<std::uint64_t>(contact.protocol) << 16 | contact.port};
  bool made = false;
  Pair& pair = pairs_.at(key, made);
  const bool echoes = contact.technique == Technique::kEcho;
  pair.walk.take(contact, mixed(contact.target), echoes ? kEchoes : WalkModel{});
  if (contact.outcome == Outcome::kAnswered || contact.outcome == Outcome::kGivenUp) return;
  if (pair.walk.failed() + pair.walk.silent() == 2) pairs_.promote(key);
  const bool convicted_now = !pair.convicted && convicts(pair.walk, echoes);
  if (convicted_now) {
    pair.convicted = true;
    pair.technique = pair.walk.technique();
  }
  if (!pair.convicted) return;
  raise(contact, pair);
  count(contact, pair, convicted_now);
}

void HostScan::raise(const Contact& contact, Pair& pair) {
  const ContactWalk& walk = pair.walk;
  const std::uint64_t hosts = walk.failed() + walk.silent();
  // Where nobody is seen to be answered, silence may be the capture's.
  const bool one_sided = walk.failed() == 0 &&
                         (udp_answered_ == Nanoseconds::min() || contact.now - udp_answered_ > kAnswersSeen);
  const Severity severity = one_sided ? Severity::kLow : severity_of(hosts, walk.answered());
  if (!pair.telling.is_due(contact.now, hosts, severity)) return;
  Finding finding;
  finding.detector = technique_detector(pair.technique);
  finding.kind = FindingKind::kHostScan;
  finding.severity = severity;
  finding.source = host(contact.source, contact.ip_version);
  if (contact.port != 0) finding.port = contact.port;
  finding.first = walk.first();
  finding.detected = finding.last = contact.now;
  finding.packets = walk.packets();
  finding.bytes = walk.bytes();
  const bool walked = walk.walk().convicts();
  finding.score = walked ? walk.walk().likelihood() : static_cast<double>(walk.silent());
  finding.threshold = walked ? RandomWalk::kConvicts : static_cast<double>(kSilent);
  finding.why = fmt::format(
      "{} asked {} hosts for {} that refused or were silent and {} that answered in {:.2f} s: {}",
      prefix_text(*finding.source), hosts, asked_for(contact), walk.answered() + walk.found(),
      std::chrono::duration<double>(walk.last() - walk.first()).count(), technique_name(pair.technique));
  raise_(std::move(finding));
}

// Towards the source's own finding.
void HostScan::count(const Contact& contact, const Pair& pair, bool convicted_now) {
  bool made = false;
  const PairKey key{contact.source, {}, contact.ip_version};
  Source& source = sources_.at(key, made);
  if (made) source.first = pair.walk.first();
  source.ports += convicted_now;
  source.failed.add(mixed(contact.target));
  source.packets += convicted_now ? pair.walk.packets() : contact.packets;
  source.bytes += convicted_now ? pair.walk.bytes() : contact.bytes;
  if (source.ports < 2) return;
  sources_.promote(key);
  const std::uint64_t hosts = source.failed.estimate();
  const Severity severity = severity_of(hosts, 0);
  if (!source.telling.is_due(contact.now, hosts, severity)) return;
  Finding finding;
  finding.detector = "host_scan";
  finding.kind = FindingKind::kHostScan;
  finding.severity = severity;
  finding.source = host(contact.source, contact.ip_version);
  finding.first = source.first;
  finding.detected = finding.last = contact.now;
  finding.packets = source.packets;
  finding.bytes = source.bytes;
  finding.score = static_cast<double>(source.ports);
  finding.threshold = 2;
  finding.why = fmt::format("{} scans for {} ports: {} hosts refused or were silent",
                            prefix_text(*finding.source), source.ports, hosts);
  raise_(std::move(finding));
}

}  // namespace vedette
