// The protocol policy to what the kernel asks of it (abi/protocols.h): a row for each combination of an
// entry's networks and ports.
#pragma once

#include <memory>
#include <span>

#include "abi/protocols.h"
#include "base/error.h"
#include "policy/protocol_entry.h"

namespace vedette {

// enum vdt_verdict; VDT_VERDICT_NONE of what passes as it is.
[[nodiscard]] std::uint8_t verdict_of(const ProtocolEntry& entry);

// `counters`: by entry its place among the counters, below VDT_PROTOCOL_ENTRIES. Unusable where there are
// more entries or rows than the kernel takes.
[[nodiscard]] Result<std::unique_ptr<vdt_protocols>> compile_protocols(
    std::span<const ProtocolEntry> entries, std::span<const std::uint32_t> counters);

}  // namespace vedette
