// A two-way flow: what both directions of one 5-tuple (with its VLANs, tunnel and interface) did, seen from
// its initiator. Packets (files) and kernel records (live) end here; JSON, sorting, filters and the API
// begin here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "abi/flow_key.h"
#include "abi/packet.h"
#include "base/units.h"

namespace vedette {

// Which end sent a packet: index into a flow's two-sided facts.
enum FlowSide : std::uint8_t { kInitiator = 0, kResponder = 1 };

struct FlowCounts {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // on the wire, without FCS
};

// Facts that every flow has, in as few bytes as they fit in: there may be a million. Counters that can't
// grow further stay at their highest value.
struct Flow {
  vdt_flow_key key{};  // initiator → responder; tunnel_id is 0 where each direction has its own (GTP-U, PPTP)
  Nanoseconds first{};                         // of the earliest packet, since the epoch
  Nanoseconds last{};                          // of the latest packet
  std::array<FlowCounts, 2> sent{};            // by FlowSide
  std::array<std::uint32_t, 2> retransmits{};  // segments, by FlowSide
  std::uint32_t out_of_order = 0;              // segments, both sides
  std::uint32_t handshake_rtt_us = 0;          // SYN to the ACK that completes the handshake; 0 = not seen
  std::uint32_t rtt_us = 0;                    // smoothed; 0 = not known
  std::uint32_t min_length = 0;                // bytes of the smallest frame
  std::uint32_t max_length = 0;                // bytes of the largest frame
  std::uint16_t zero_windows = 0;              // segments, both sides
  std::uint16_t resets = 0;
  std::array<std::uint8_t, 2> tcp_flags{};  // OR of all flag bytes, by FlowSide
  std::uint8_t verdict = 0;                 // enum vdt_verdict; 0 = none
  std::uint8_t marks = 0;                   // enum FlowMark
  std::uint32_t reported_s = 0;             // seconds from `first` to its last report; 0 = none yet
  std::uint16_t spoken = 0;                 // the application protocol and its version: packet/spoken.h
  std::uint32_t fingerprint = 0;            // its client's: packet/client_fingerprint.h
};

static_assert(sizeof(Flow) <= 152, "a flow outgrew its budget: rare facts belong into FlowFacts");

enum FlowMark : std::uint8_t {
  kInitiatorKnown = 1 << 0,  // by a SYN or SYN/ACK, not by who came first
  kHeadSettled = 1 << 1,     // its first bytes have said all that they will (src/handshake)
  kHeadPending = 1 << 2,     // its first bytes are held, to be asked again
  kLoggedIn = 1 << 3,        // one of its handshakes tells a log-in
};

// Of a flow inside a tunnel, beyond the key's tunnel_type.
struct FlowTunnel {
  std::optional<vdt_outer> outer;  // header of the first packet seen, turned to initiator → responder
  std::uint32_t id = 0;            // VNI, key or TEID of the first packet seen
};

// Facts that few flows have.
struct FlowFacts {
  struct Process {
    std::uint32_t pid = 0;
    std::string name;
    std::string cgroup;  // path; empty where unknown
  };
  std::optional<Process> process;
  std::uint64_t dropped_packets = 0;
  std::uint64_t dropped_bytes = 0;
};

// TCP: how far the flow got, told from both sides' flags alone, so that files and kernel records agree.
// Others: whether the responder answered.
enum class FlowState : std::uint8_t {
  kNew,          // not TCP: only the initiator has sent
  kReplied,      // not TCP: both have sent
  kSynSent,      // a SYN, no answer
  kSynReceived,  // SYN/ACK, not acknowledged yet
  kEstablished,  // handshake seen, or first seen in its middle
  kClosing,      // FIN from one side
  kClosed,       // FIN from both
  kReset,        // RST from either side before both sent FIN
};

// TCP, UDP, UDP-Lite, SCTP and DCCP.
[[nodiscard]] bool protocol_has_ports(std::uint8_t protocol);

// True where the ports are known: not where only later fragments or cut-off headers were seen.
[[nodiscard]] bool has_ports(const Flow& flow);

[[nodiscard]] FlowState flow_state(const Flow& flow);

// "new", "replied", "syn_sent", "syn_received", "established", "closing", "closed", "reset".
[[nodiscard]] std::string_view flow_state_name(FlowState state);

// Why a flow is told.
enum class FlowEnd : std::uint8_t {
  kClosed,    // FIN or RST, and its grace is over, or a new SYN took its 5-tuple
  kIdle,      // nothing for its class's time
  kEvicted,   // the table was full and this one had been idle longest
  kFinished,  // the input ended
  kReport,    // not ended: a long flow's report, totals so far
};

// A flow as its reader gets it: valid during the call.
struct FlowView {
  const Flow& flow;
  const FlowTunnel* tunnel = nullptr;  // null where nothing more than the key's is known
  const FlowFacts* facts = nullptr;    // null where there are none
  std::string_view interface_name;     // empty where unknown
  FlowEnd end = FlowEnd::kReport;
};

}  // namespace vedette
