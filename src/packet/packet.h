// One packet on its way through user space, the same whether it came from a live sensor or a file: when
// and where it was seen, its bytes, and what the parser (bpf/parse) says of them. A view: it owns nothing,
// and is valid only during the call that hands it on.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "abi/packet.h"
#include "base/units.h"

namespace vedette {

struct Packet {
  Nanoseconds time{};                   // since the epoch
  std::string_view interface_name;      // empty where a file names none
  std::uint32_t segments = 1;           // wire packets that this GRO/GSO frame stands for
  std::span<const std::uint8_t> bytes;  // what was captured; facts->core.length is what was on the wire
  const vdt_packet* facts = nullptr;    // never null; facts->core.key.ifindex is the interface's number
  std::string_view verdict;             // empty where none was given
  std::uint16_t spoken = 0;             // what its flow speaks: packet/spoken.h
};

}  // namespace vedette
