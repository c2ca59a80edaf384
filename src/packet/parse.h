// A captured frame of any link type into facts: the user side's one way into the parser (bpf/parse). Kernel
// programs run the same code over Ethernet frames.
#pragma once

#include <cstdint>
#include <span>

#include "abi/packet.h"
#include "packet/link_type.h"

namespace vedette {

// Tells what `bytes`, a frame from its link header on, hold. `wire_length`: its bytes on the wire without
// FCS, at least as many as were captured; a pseudo header that the capture put before the frame (radiotap,
// cooked) counts, as it does in every other tool. Always writes all of `packet.core`; core.direction is
// VDT_DIRECTION_UNKNOWN unless the link header tells it. Any thread.
void parse_packet(LinkType type, std::span<const std::uint8_t> bytes, std::uint32_t wire_length,
                  vdt_packet& packet);

// Tells what `bytes` hold: an IP datagram from its header on, put together out of fragments. What lies
// outside it (interface, MACs, VLANs, a tunnel) is as `first`, its first fragment, has it. At most 65,575
// bytes. Any thread.
void parse_datagram(std::span<const std::uint8_t> bytes, const vdt_packet& first, vdt_packet& packet);

}  // namespace vedette
