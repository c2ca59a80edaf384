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

namespace vedette {

// Both ends included.
struct NumberRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0xffff;
  bool operator==(const NumberRange&) const = default;
};

// A packet whose flags, under `mask`, are `value` (bit 0 FIN … bit 7 CWR).
struct FlagsMatch {
  std::uint8_t mask = 0;
  std::uint8_t value = 0;
  bool operator==(const FlagsMatch&) const = default;
};

struct IcmpMatch {
  std::uint8_t type = 0;
  std::optional<std::uint8_t> code;  // nothing: any
  bool operator==(const IcmpMatch&) const = default;
};

// Bytes at so many bytes behind the payload's begin; a bit that isn't in the mask may be anything.
struct PayloadMatch {
  std::uint16_t offset = 0;         // 0 … 255
  std::vector<std::uint8_t> bytes;  // 1 … 16
  std::vector<std::uint8_t> mask;   // as many
  bool operator==(const PayloadMatch&) const = default;
};

// What a packet must be: of each member that says anything, one of its values. Empty members say nothing.
struct Match {
  std::vector<Prefix> source;
  std::vector<Prefix> destination;
  std::vector<NumberRange> source_port;
  std::vector<NumberRange> destination_port;
  std::vector<std::uint8_t> protocol;  // IANA numbers
  std::vector<FlagsMatch> tcp_flags;
  std::vector<IcmpMatch> icmp;
  std::vector<NumberRange> length;  // bytes of the frame on the wire
  std::vector<NumberRange> ttl;     // or hop limit; 0 … 255
  std::optional<bool> fragment;     // any fragment, or none
  std::vector<std::string> interface;
  std::vector<std::uint16_t> vlan;    // the outermost; 0: none
  std::vector<std::string> country;   // ISO 3166-1, of the source; needs a database
  std::vector<std::uint32_t> asn;     // of the source; needs a database
  std::vector<std::uint8_t> app;      // enum vdt_payload_class of the flow's first payload
  std::vector<PayloadMatch> payload;  // all of them
  bool operator==(const Match&) const = default;
};

enum class RuleVerdict : std::uint8_t {
  kPass,
  kDrop,
  kReject,    // Rule::value, enum vdt_reject: by RST or ICMP
  kLimit,     // by Rule::rates; what is over them is dropped
  kMark,      // Rule::value: the socket buffer's mark
  kDscp,      // Rule::value: the DSCP that it goes on with, 0 … 63
  kRedirect,  // to Rule::interface
  kSample,    // one in Rule::value is told to watchers as a sample; passes
};

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
  std::vector<Rate> rates;
  std::uint32_t value = 0;
  std::string interface;
  std::string reason;
  std::uint32_t line = 0;  // of the file; says nothing of the rule

  friend bool operator==(const Rule& left, const Rule& right) {
    return left.name == right.name && left.match == right.match && left.verdict == right.verdict &&
           left.observe == right.observe && left.rates == right.rates && left.value == right.value &&
           left.interface == right.interface && left.reason == right.reason;
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

// Refused with the first packet that shows it.
struct ProtocolPolicy {
  std::optional<std::uint8_t> tls_min;  // enum vdt_payload_class: VDT_PAYLOAD_SSL_3 … VDT_PAYLOAD_TLS_1_3
  bool refuse_ssh_1 = false;
  bool refuse_smb_1 = false;
  std::vector<std::string> ja3;
  std::vector<std::string> ja4;
  std::vector<std::string> sni;  // "example.net", or ".example.net" for all below it too
  bool observe = false;
  bool operator==(const ProtocolPolicy&) const = default;
};

struct Policy {
  std::vector<PolicySource> allow;
  std::vector<PolicySource> block;
  std::vector<Rule> rules;  // services are rules by then
  ProtocolPolicy protocols;
  bool operator==(const Policy&) const = default;
};

// The same, but all that drops only counts what it would.
[[nodiscard]] Policy observed(Policy policy);

}  // namespace vedette
