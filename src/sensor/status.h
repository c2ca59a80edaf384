// What the sensor says of itself: counters, interfaces, losses. Plain data, filled by the sensor, written
// as JSON by the API. What the packet programs count is since they were first loaded: a restart that resumes
// keeps it. Everything else is since this daemon's start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "flow/application_totals.h"
#include "sensor/losses.h"
#include "store/store.h"

namespace vedette {

// Of the files with findings' packets.
struct EvidenceHealth {
  std::string folder;
  bool writing = true;  // the latest attempt succeeded
  std::string why_not;  // else
};

struct Health {
  std::string_view version;
  Nanoseconds uptime{};  // of this daemon
  std::int32_t pid = 0;
  std::optional<StoreStatus> store = {};        // nothing: history is off
  std::optional<EvidenceHealth> evidence = {};  // nothing: findings have none
};

// One direction of one interface, or of all that are or were, together. packets = flow_packets +
// not_ip_packets + lost_packets + blocked_packets + rule_dropped_packets + answered_packets + refused_packets
// + unsolicited_packets.
struct DirectionCounts {
  std::uint64_t packets = 0;  // on the wire
  std::uint64_t bytes = 0;    // without FCS
  std::uint64_t flow_packets = 0;
  std::uint64_t flow_bytes = 0;
  std::uint64_t not_ip_packets = 0;
  std::uint64_t not_ip_bytes = 0;
  std::uint64_t lost_packets = 0;
  std::uint64_t lost_bytes = 0;
  std::uint64_t blocked_packets = 0;  // dropped, as their source is on the block-list
  std::uint64_t blocked_bytes = 0;
  std::uint64_t rule_dropped_packets = 0;  // dropped by a rule of the policy
  std::uint64_t rule_dropped_bytes = 0;
  std::uint64_t answered_packets = 0;  // by a SYN proxy, in the host's stead
  std::uint64_t answered_bytes = 0;
  std::uint64_t refused_packets = 0;  // dropped by a SYN proxy
  std::uint64_t refused_bytes = 0;
  std::uint64_t unsolicited_packets = 0;  // dropped, as their destination takes only what it asked for
  std::uint64_t unsolicited_bytes = 0;
  std::uint64_t protocol_dropped_packets = 0;  // of flow_packets: dropped by the protocol policy
  std::uint64_t protocol_dropped_bytes = 0;
};

// Packets that came to an interface and that no program of ours saw, since it is watched. Nothing where the
// kernel doesn't tell.
struct UnseenCounts {
  std::optional<std::uint64_t> missed;   // the interface had no buffer
  std::optional<std::uint64_t> errors;   // broken on the wire
  std::optional<std::uint64_t> dropped;  // by the driver, or by the stack before our programs
};

struct InterfaceStatus {
  std::string name;
  std::uint32_t ifindex = 0;
  std::string_view ingress;      // "xdp-native", "xdp-generic", "tcx", "clsact"; "none" while it is gone
  std::string_view egress;       // "tcx", "clsact", "none"
  std::vector<std::string> why;  // what was tried in vain, and why
  DirectionCounts in, out;
  UnseenCounts unseen;
};

struct NamedCount {
  std::string_view name;
  std::uint64_t count = 0;
};

struct ProtocolCounts {
  std::uint8_t protocol = 0;  // IANA number
  std::uint8_t ip_version = 0;
  std::uint8_t direction = 0;  // enum vdt_direction
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

struct DropCount {
  std::string reason;  // the kernel's name of it: "NO_SOCKET", …
  std::uint64_t packets = 0;
};

// Of this host's own TCP connections, since the sensor's start. Absent where the kernel doesn't tell.
struct TcpCounts {
  std::uint64_t retransmits = 0;  // segments
  std::uint64_t resets_sent = 0;
  std::uint64_t resets_received = 0;
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_accepted = 0;
};

struct FlowTotals {
  std::uint64_t live = 0;
  std::uint64_t created = 0;      // two-way flows, by this daemon
  std::uint64_t ended_early = 0;  // because user space's table was full
  std::uint64_t table_slots = 0;  // of the kernel's cache, one direction of a flow each
  std::uint64_t table_evicted = 0;
  std::uint64_t kernel_bytes = 0;
  std::uint64_t user_bytes = 0;
};

// Packets that the kernel set out to tell; what of these it couldn't is among the losses.
struct ToldCounts {
  std::uint64_t due = 0;
  std::uint64_t told = 0;
};

// A ring by which the kernel hands over what it tells.
struct RingStatus {
  std::string_view name;
  std::uint64_t used_bytes = 0;
  std::uint64_t size_bytes = 0;
};

struct FindingCount {
  std::string_view kind;
  std::string_view severity;  // with which it was raised, or which it reached later
  std::uint64_t raised = 0;
};

// Findings since this daemon's start.
struct FindingCounts {
  std::vector<FindingCount> raised;  // each kind and severity, also those that never occurred
  std::uint64_t open = 0;            // that go on
};

// What an export tells of.
enum class Exported : std::uint8_t { kFlows, kFindings, kMetrics };

// One place that something is exported to. Offered = told + failed + dropped + waiting.
struct ExportStatus {
  Exported exported = Exported::kFlows;
  std::string protocol;       // "ipfix", "syslog+tcp", "kafka", …
  std::string target;         // as it was given
  std::uint64_t told = 0;     // of flows also reports of long ones
  std::uint64_t failed = 0;   // could not be sent, or nobody listened
  std::uint64_t dropped = 0;  // found the queue full
  std::uint64_t waiting = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  // of these
  std::string error;        // of what failed last; empty: the latest was sent
};

// Findings' evidence.
struct EvidenceCounts {
  std::uint64_t ring_bytes = 0;  // memory that the packets told last may take
  std::uint64_t files = 0;
  std::uint64_t file_bytes = 0;  // of all files
};

struct Stats {
  Nanoseconds time{};  // since the epoch
  Nanoseconds uptime{};
  DirectionCounts in, out;
  std::vector<NamedCount> malformed;  // reasons that occurred
  std::vector<Loss> losses;           // all reasons that can be told, also those that never occurred
  FlowTotals flows;
  std::uint64_t fragments_unknown = 0;
  std::uint64_t watched = 0;
  ToldCounts first_bytes;        // flows' first packets with a payload
  ToldCounts heads;              // other packets that detectors look at
  std::uint64_t handshakes = 0;  // told
  EvidenceCounts evidence;
  FindingCounts findings;
  std::vector<RingStatus> rings;  // that there are
  std::vector<ExportStatus> exports;
  std::vector<ProtocolCounts> protocols;
  std::vector<ApplicationCounts> applications;        // of all flows since this daemon's start
  std::vector<ApplicationCounts> ended_applications;  // of those that ended: these only grow
  std::vector<DropCount> kernel_drops;
  std::optional<TcpCounts> tcp;
};

}  // namespace vedette
