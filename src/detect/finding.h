// A finding: what a detector says of hostile or doubtful behaviour, with the figures that convicted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/prefix.h"
#include "base/units.h"

namespace vedette {

// The contract's kinds; what fits none of the others is an anomaly, and `detector` says which.
enum class FindingKind : std::uint8_t {
  kSynFlood,
  kUdpFlood,
  kIcmpFlood,
  kAmplification,
  kVolumetric,
  kSlowAttack,
  kPortScan,
  kHostScan,
  kBruteForce,
  kBlocklistHit,
  kMaliciousDomain,
  kMaliciousFingerprint,
  kBeacon,
  kDnsTunnel,
  kOutdatedProtocol,
  kAclViolation,
  kAnomaly,
};

inline constexpr std::size_t kFindingKinds = static_cast<std::size_t>(FindingKind::kAnomaly) + 1;

enum class Severity : std::uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };
inline constexpr std::size_t kSeverities = static_cast<std::size_t>(Severity::kCritical) + 1;

enum class FindingAction : std::uint8_t { kNone, kWouldBlock, kBlocked, kLimited };

struct Finding {
  std::string_view detector;  // "syn_flood", "arp_spoofing": a literal of the detector's
  FindingKind kind = FindingKind::kAnomaly;
  Severity severity = Severity::kInfo;
  std::optional<Prefix> source;       // who does it, where that is known and not forged
  std::optional<Prefix> target;       // whom it strikes
  std::optional<std::uint16_t> port;  // of the target
  Nanoseconds first{};                // of the behaviour's first packet, since the epoch
  Nanoseconds detected{};             // of the packet that convicted
  Nanoseconds last{};                 // of its latest packet so far
  std::uint64_t packets = 0;          // of the behaviour so far
  std::uint64_t bytes = 0;            // on the wire
  double score = 0;                   // what the detector measured, in the unit of `threshold`
  double threshold = 0;               // what convicts
  std::string why;                    // one plain sentence with the figures
  FindingAction action = FindingAction::kNone;
  bool by_victim = false;  // the source was struck itself, by whom it turned to: it is never answered
  bool slow = false;       // goes on by the minute or hour: over after a longer quiet time than others
  bool evidence = false;   // the sensor has packets that prove it
  Nanoseconds expires{};   // when the action ends; 0 = there is none, or it doesn't
};

// As in JSON: "syn_flood", "high", "would_block".
[[nodiscard]] std::string_view finding_kind_name(FindingKind kind);
[[nodiscard]] std::string_view severity_name(Severity severity);
[[nodiscard]] std::string_view finding_action_name(FindingAction action);

// Of these names; nothing where there is no such one.
[[nodiscard]] std::optional<FindingKind> finding_kind_named(std::string_view name);
[[nodiscard]] std::optional<Severity> severity_named(std::string_view name);

// Sixteen hexadecimal digits, the same wherever the same behaviour is seen: of the detector, the kind, whom
// it concerns and when it began.
[[nodiscard]] std::string finding_id(const Finding& finding);

}  // namespace vedette
