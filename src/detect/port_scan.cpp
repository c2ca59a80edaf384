#include "detect/port_scan.h"

#include <fmt/format.h>

namespace vedette {

namespace {

// Snort's sfPortscan at its lowest sensitivity wants five refusals (g_tcp_low_ps).
constexpr std::uint64_t kFewest = 5;
// Zeek's Scan::port_scan_threshold; also of a host that gives no sign of life, which a client that looks for
// a service of a host that is down asks for several ports too.
constexpr std::uint64_t kMany = 15;
// nmap asks for a thousand ports unless told otherwise; less one and a half standard errors of the estimate.
constexpr std::uint64_t kThousand = 900;
// Of ports whose silence says nothing: nmap -F asks for a hundred.
constexpr std::uint64_t kSilent = 64;
// A source most of whose contacts are answered is none that looks for open ports: θ1 of the walk.
constexpr std::uint64_t kFailedPerAnswer = 4;

bool convicts(const ContactWalk& walk) {
  if (walk.bytes() > walk.packets() * kLongestProbe) return false;  // a flood at ports at random
  if (walk.silent() >= kSilent && walk.silent() >= kFailedPerAnswer * walk.answered()) return true;
  return walk.walk().convicts() && walk.failed() >= (walk.was_answered() ? kFewest : kMany);
}

Severity severity_of(std::uint64_t ports) {
  if (ports >= kThousand) return Severity::kHigh;
  return ports >= kMany ? Severity::kMedium : Severity::kLow;
}

}  // namespace

void PortScan::take(const Contact& contact) {
  if (contact.technique == Technique::kEcho) return;
  const PairKey key{contact.source, contact.target, contact.ip_version};
  const bool harmless = contact.outcome == Outcome::kAnswered || contact.outcome == Outcome::kGivenUp;
  bool made = false;
  // A host that is only ever answered needs no memory.
  Pair* pair = harmless ? pairs_.find(key) : &pairs_.at(key, made);
  if (!pair) return;
  const std::uint64_t port = static_cast<std::uint64_t>(contact.protocol) << 16 | contact.port;
  pair->walk.take(contact, mixed(port, 0), {});
  if (harmless) return;
  if (pair->walk.failed() + pair->walk.silent() == 2) pairs_.promote(key);
  if (!pair->convicted) {
    if (!convicts(pair->walk)) return;
    pair->convicted = true;
    pair->technique = pair->walk.technique();
  }
  raise(contact, *pair);
}

void PortScan::raise(const Contact& contact, Pair& pair) const {
  const ContactWalk& walk = pair.walk;
  const std::uint64_t ports = walk.failed() + walk.silent();
  const Severity severity = severity_of(ports);
  if (!pair.telling.is_due(contact.now, ports, severity)) return;
  Finding finding;
  finding.detector = technique_detector(pair.technique);
  finding.kind = FindingKind::kPortScan;
  finding.severity = severity;
  finding.source = host(contact.source, contact.ip_version);
  finding.target = host(contact.target, contact.ip_version);
  finding.first = walk.first();
  finding.detected = finding.last = contact.now;
  finding.packets = walk.packets();
  finding.bytes = walk.bytes();
  const bool walked = walk.walk().convicts();
  finding.score = walked ? walk.walk().likelihood() : static_cast<double>(walk.silent());
  finding.threshold = walked ? RandomWalk::kConvicts : static_cast<double>(kSilent);
  const std::string stealthy = walk.stealthy_but(pair.technique);
  finding.why = fmt::format(
      "{} asked {} for {} ports that are closed or silent and {} that answered in {:.2f} s: {}{}{}",
      prefix_text(*finding.source), prefix_text(*finding.target), ports, walk.answered() + walk.found(),
      std::chrono::duration<double>(walk.last() - walk.first()).count(), technique_name(pair.technique),
      stealthy.empty() ? "" : ", with ", stealthy);
  raise_(std::move(finding));
}

}  // namespace vedette
