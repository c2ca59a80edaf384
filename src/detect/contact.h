// A first contact: that a source asked for a port of a host, or for a host, and what came of it. What scans
// are judged by.
#pragma once

#include <cstdint>
#include <string_view>

#include "abi/flow_key.h"
#include "base/units.h"

namespace vedette {

// By the first segment, as nmap names them (nmap(1), "Port scanning techniques"). A window scan sends what an
// ACK scan does.
enum class Technique : std::uint8_t {
  kSyn,     // with options as an operating system's connect() has them
  kRawSyn,  // without these, or ended by RST where a connection could have begun
  kNull,    // no flag
  kFin,     // FIN alone
  kXmas,    // FIN, PSH and URG, or others without ACK, SYN and RST
  kMaimon,  // FIN and ACK
  kAck,     // ACK
  kUdp,
  kEcho,  // ICMP
  kArp,
  kCount,
};

enum class Outcome : std::uint8_t {
  kAnswered,
  kRefused,     // by RST or by ICMP's unreachable
  kUnanswered,  // for as long as an answer takes
  kGivenUp,     // answered, as was told before, and ended without a byte of data
  kHalfOpen,    // answered, as was told before, and ended by RST before it was a connection
};

// Who scans asks little: nmap's and ZMap's probes of any UDP port have a few dozen bytes, on average of all
// ports. In bytes on the wire.
inline constexpr std::uint64_t kLongestProbe = 400;

struct Contact {
  vdt_address source;
  vdt_address target;
  std::uint16_t port;  // of the target; 0 of echoes and ARP
  std::uint8_t ip_version;
  std::uint8_t protocol;  // IANA number; 0 of ARP
  Technique technique;
  Outcome outcome;
  Nanoseconds first;  // its first packet
  Nanoseconds now;    // the packet that says the outcome
  std::uint64_t packets;
  std::uint64_t bytes;
};

// A segment that no TCP sends: RFC 9293 has ACK on all but a connection's first SYN and some RSTs.
[[nodiscard]] inline bool is_stealthy(Technique technique) {
  return technique == Technique::kNull || technique == Technique::kFin || technique == Technique::kXmas;
}

// "SYN scan", "Xmas scan".
[[nodiscard]] std::string_view technique_name(Technique technique);
// As a finding's `detector`: "syn_scan", "xmas_scan".
[[nodiscard]] std::string_view technique_detector(Technique technique);

}  // namespace vedette
