#include "detect/finding.h"

#include <fmt/format.h>

namespace vedette {

namespace {

// FNV-1a, 64 bits (draft-eastlake-fnv).
class Fnv {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) add(static_cast<std::uint8_t>(byte));
  }
  void add(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3; }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

void add(Fnv& hash, const std::optional<Prefix>& prefix) {
  if (prefix) hash.add(prefix_text(*prefix));
  hash.add(std::uint8_t{0});
}

}  // namespace

std::string_view finding_kind_name(FindingKind kind) {
  switch (kind) {
    case FindingKind::kSynFlood:
      return "syn_flood";
    case FindingKind::kUdpFlood:
      return "udp_flood";
    case FindingKind::kIcmpFlood:
      return "icmp_flood";
    case FindingKind::kAmplification:
      return "amplification";
    case FindingKind::kVolumetric:
      return "volumetric";
    case FindingKind::kSlowAttack:
      return "slow_attack";
    case FindingKind::kPortScan:
      return "port_scan";
    case FindingKind::kHostScan:
      return "host_scan";
    case FindingKind::kBruteForce:
      return "brute_force";
    case FindingKind::kBlocklistHit:
      return "blocklist_hit";
    case FindingKind::kMaliciousDomain:
      return "malicious_domain";
    case FindingKind::kMaliciousFingerprint:
      return "malicious_fingerprint";
    case FindingKind::kBeacon:
      return "beacon";
    case FindingKind::kDnsTunnel:
      return "dns_tunnel";
    case FindingKind::kOutdatedProtocol:
      return "outdated_protocol";
    case FindingKind::kAclViolation:
      return "acl_violation";
    case FindingKind::kAnomaly:
      break;
  }
  return "anomaly";
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      break;
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      return "high";
    case Severity::kCritical:
      return "critical";
  }
  return "info";
}

std::string_view finding_action_name(FindingAction action) {
  switch (action) {
    case FindingAction::kNone:
      break;
    case FindingAction::kWouldBlock:
      return "would_block";
    case FindingAction::kBlocked:
      return "blocked";
    case FindingAction::kLimited:
      return "limited";
  }
  return "none";
}

std::optional<FindingKind> finding_kind_named(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(FindingKind::kAnomaly); number++)
    if (const auto kind = static_cast<FindingKind>(number); finding_kind_name(kind) == name) return kind;
  return {};
}

std::optional<Severity> severity_named(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(Severity::kCritical); number++)
    if (const auto severity = static_cast<Severity>(number); severity_name(severity) == name) return severity;
  return {};
}

std::string finding_id(const Finding& finding) {
  Fnv hash;
  hash.add(finding.detector);
  hash.add(static_cast<std::uint8_t>(finding.kind));
  add(hash, finding.source);
  add(hash, finding.target);
  if (finding.port) hash.add(fmt::format("{}", *finding.port));
  hash.add(fmt::format("/{}", finding.first.count()));
  return fmt::format("{:016x}", hash.hash());
}

}  // namespace vedette
