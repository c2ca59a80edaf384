// A policy: what is to become of incoming packets, as the operator's file says it (policy/policy_file.h) and
// before it is compiled for the kernel (policy/rule_table.h).
//
// Order: the allow-list lets its sources pass whatever else is said; then the block-lists; then the first
// rule, in the file's order, that matches; then rates; then the protocol policy. What nothing is said of
// passes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/prefix.h"
#include "base/units.h"
#include "policy/match.h"
#include "policy/protocol_entry.h"
#include "policy/verdict.h"

namespace vedette {

enum class RateUnit : std::uint8_t { kPackets, kBytes, kSyns, kFlows };

// Whose packets are counted together.
enum class RatePer : std::uint8_t { kAll, kSource, kSourcePrefix, kDestination, kDestinationPort };

struct Rate {
  RateUnit unit = RateUnit::kPackets;
  RatePer per = RatePer::kAll;
  std::uint8_t prefix4 = 24;  // bits, of kSourcePrefix
  std::uint8_t prefix6 = 48;
  std::uint64_t a_second = 1;  // at least 1
  std::uint64_t burst = 1;     // as many at once, at least 1
  bool operator==(const Rate&) const = default;
};

struct Rule {
  std::string name;  // unique; letters, digits, "-", "_", "."
  Match match;
  RuleVerdict verdict = RuleVerdict::kPass;
  bool observe = false;  // counts what it would have done, and the next rule is asked
  bool shadow = false;   // the shadow policy's: counts, and the rules in force are asked; no file's
  std::vector<Rate> rates;
  std::uint32_t value = 0;  // the verdict's
  std::string interface;
  std::string reason;
  Nanoseconds until{};     // on CLOCK_MONOTONIC, when it ends by itself; 0: never, as of each that a file has
  std::uint32_t line = 0;  // of the file; says nothing of the rule

  friend bool operator==(const Rule& left, const Rule& right) {
    return left.name == right.name && left.match == right.match && left.verdict == right.verdict &&
           left.observe == right.observe && left.shadow == right.shadow && left.rates == right.rates &&
           left.value == right.value && left.interface == right.interface && left.reason == right.reason &&
           left.until == right.until;
  }
};

struct PolicySource {
  Prefix prefix;
  std::string reason;
  bool observe = false;
  std::optional<Nanoseconds> ttl;  // from when the policy is applied
  std::uint32_t line = 0;          // as Rule::line

  friend bool operator==(const PolicySource& left, const PolicySource& right) {
    return left.prefix == right.prefix && left.reason == right.reason && left.observe == right.observe &&
           left.ttl == right.ttl;
  }
};

// Of the sources that findings put on the block-list.
inline constexpr std::uint32_t kMostBlocks = 10'000;       // at once, where a policy says nothing else
inline constexpr std::uint32_t kMostBlocksLimit = 50'000;  // of what the list holds (VDT_LIST_ENTRIES)

// `response:`: how far what is done about findings may go.
struct PolicyResponse {
  std::optional<std::uint32_t> most_blocks;  // sources at once, 0 … kMostBlocksLimit
  std::uint32_t line = 0;                    // as Rule::line

  friend bool operator==(const PolicyResponse& left, const PolicyResponse& right) {
    return left.most_blocks == right.most_blocks;
  }
};

struct Policy {
  std::vector<PolicySource> allow;
  std::vector<PolicySource> block;
  std::vector<Rule> rules;  // services are rules by then
  std::vector<ProtocolEntry> protocols;
  PolicyResponse response;
  bool operator==(const Policy&) const = default;
};

// What a policy would do, beside the one in force: its rules and protocols as a shadow's, before the rules
// its lists as two rules. Their names begin with kShadowed, as no file's do. Sources of tunnels are asked for
// by no rule, so its lists aren't of these.
inline constexpr char kShadowed = '~';
[[nodiscard]] Policy shadow_of(const Policy& policy);

}  // namespace vedette
