// What is put into the store: a row a flow that ended (and one a report of a long one, with what it grew by),
// a row a finding's news, a row a second of an interface's direction.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "abi/flow_key.h"
#include "base/units.h"

namespace vedette {

// Texts that few flows have.
struct FlowTexts {
  std::string process, cgroup;  // empty where unknown, likewise the others
  std::string src_name, dst_name;
};

// Zeros and empty texts are unknown, where a comment says so: those facts are absent in answers.
struct FlowRow {
  vdt_address src{}, dst{};
  Nanoseconds first{};  // since the epoch: of the flow's first packet
  Nanoseconds time{};   // of the latest packet; by this the row is found
  std::uint64_t packets = 0, bytes = 0, reply_packets = 0, reply_bytes = 0;  // since the flow's last row
  // Since its first packet: kept where the flow has had a row before.
  std::uint64_t all_packets = 0, all_bytes = 0, all_reply_packets = 0, all_reply_bytes = 0;
  std::uint64_t dropped_packets = 0, dropped_bytes = 0;
  std::uint32_t retransmits = 0, reply_retransmits = 0, out_of_order = 0;
  std::uint16_t zero_windows = 0, resets = 0;
  std::uint32_t handshake_rtt_us = 0, rtt_us = 0;      // unknown; told once, with the flow's last row
  std::uint32_t src_asn = 0, dst_asn = 0;              // unknown
  std::uint32_t pid = 0;                               // unknown
  std::uint16_t src_port = 0, dst_port = 0, vlan = 0;  // vlan: the outermost; 0 = none
  std::uint16_t spoken = 0;                            // packet/spoken.h
  std::uint32_t fingerprint = 0;                       // packet/client_fingerprint.h
  std::uint8_t protocol = 0, ip_version = 4, tunnel = 0, state = 0, verdict = 0;
  bool has_ports = false;
  bool begins = true;                                // the flow's first row: flows are counted by these
  bool ends = true;                                  // its last
  std::array<char, 2> src_country{}, dst_country{};  // unknown
  std::array<char, 16> interface {};                 // unknown; with the zero behind it
  std::unique_ptr<FlowTexts> texts;                  // may be null
};

// What the rows of one flow have told in all.
struct StoredFlow {
  vdt_address src{}, dst{};
  std::uint8_t ip_version = 4, protocol = 0;
  std::uint16_t src_port = 0, dst_port = 0, vlan = 0;  // 0: none
  std::array<char, 16> interface {};
  Nanoseconds first{};
  std::uint64_t packets = 0, bytes = 0, reply_packets = 0, reply_bytes = 0;
  bool ended = false;
};

struct InterfaceRow {
  Nanoseconds time{};  // since the epoch, of the second's end
  std::array<char, 16> interface {};
  std::uint8_t direction = 0;  // enum vdt_direction
  std::uint64_t packets = 0, bytes = 0, dropped_packets = 0, dropped_bytes = 0, lost_packets = 0;
};

}  // namespace vedette
