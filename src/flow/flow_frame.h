// The frame that a flow's initiator would send: what a filter over flows looks at.
#pragma once

#include <array>
#include <cstdint>

#include "abi/flow_key.h"

namespace vedette {

// Ethernet, the VLAN tags where `tagged`, IP without options, and four bytes of ports where the protocol has
// them. The rest of it is zeros: room for whatever a filter reads behind the ports.
using FlowFrame = std::array<std::uint8_t, 128>;
[[nodiscard]] FlowFrame flow_frame(const vdt_flow_key& key, bool tagged);

}  // namespace vedette
