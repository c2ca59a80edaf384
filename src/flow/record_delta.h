// What one sweep of the kernel's flow cache adds to one direction of a flow: the sensor takes the difference
// between a record's last two readings (or an evicted record's last words) and hands it to the flow table.
#pragma once

#include <cstdint>

#include "abi/flow_record.h"
#include "abi/packet.h"
#include "base/units.h"

namespace vedette {

// A view: `key` is valid only during the call that hands it on.
struct RecordDelta {
  const vdt_flow_key* key = nullptr;  // as the packets had it: src sent them
  std::uint64_t packets = 0;          // since the last delta of this record
  std::uint64_t bytes = 0;
  Nanoseconds first{};           // the record's first packet, since the epoch
  Nanoseconds last{};            // its last one
  std::uint32_t min_length = 0;  // bytes, over the record's life; 0 = not known
  std::uint32_t max_length = 0;
  std::uint32_t retransmits = 0;  // segments since the last delta; this and the next three
  std::uint32_t out_of_order = 0;
  std::uint32_t zero_windows = 0;
  std::uint32_t resets = 0;
  std::uint32_t handshake_us = 0;    // over the record's life; 0 = not seen
  std::uint8_t tcp_flags = 0;        // vdt_tcp_health.flags_seen as it stands now
  std::uint8_t first_tcp_flags = 0;  // of the record's first segment
  std::uint8_t verdict = 0;          // enum vdt_verdict; 0 = none
  bool begins = false;               // the first delta of its record
  const vdt_outer* outer = nullptr;  // of a new record's tunnel, where it is known; valid during the call
};

}  // namespace vedette
