// pcapng as bytes (draft-ietf-opsawg-pcapng): section, interfaces, packets with direction and comment,
// losses. Where captured packets leave: `vedette capture` writes these blocks to a file, the API streams
// them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/packet.h"
#include "base/units.h"
#include "packet/link_type.h"

namespace vedette {

using BlockBytes = std::vector<std::uint8_t>;

// Which machine and program made a capture; empty texts are left out.
struct CaptureOrigin {
  std::string hardware;          // shb_hardware
  std::string operating_system;  // shb_os
  std::string application;       // shb_userappl
};

// This machine, and "vedette VERSION".
[[nodiscard]] CaptureOrigin this_machine(std::string_view version);

// An interface as the writer describes it; its clock counts nanoseconds.
struct WrittenInterface {
  std::string_view name = {};
  LinkType link = LinkType::kEthernet;
  std::uint32_t snap_length = 0;  // bytes; 0 = none
  std::string_view filter = {};   // as the user gave it; empty = none
};

struct WrittenPacket {
  std::uint32_t interface = 0;  // in the order in which they were described, from 0
  Nanoseconds time{};           // since the epoch; not before it
  std::span<const std::uint8_t> bytes = {};
  std::uint32_t wire_length = 0;                   // bytes on the wire
  std::uint8_t direction = VDT_DIRECTION_UNKNOWN;  // enum vdt_direction, as epb_flags
  std::string_view comment = {};                   // opt_comment: a verdict; empty = none
};

struct WrittenStatistics {
  std::uint32_t interface = 0;
  Nanoseconds time{};      // since the epoch; not before it
  std::uint64_t lost = 0;  // packets that were captured and could not be written, so far: isb_osdrop
};

// Each appends one block. A section comes first, then an interface before its packets. Any thread.
void append_section(BlockBytes& out, const CaptureOrigin& origin);
void append_interface(BlockBytes& out, const WrittenInterface& interface);
void append_packet(BlockBytes& out, const WrittenPacket& packet);
void append_statistics(BlockBytes& out, const WrittenStatistics& statistics);

}  // namespace vedette
