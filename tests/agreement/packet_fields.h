// Two parsed packets, compared field by field.
#pragma once

#include <string>

#include "abi/packet.h"

namespace vedette::tests {

// Each field in which they differ, with both values in memory order: "core.ttl: kernel 40, file 3f"; empty
// where they agree. The blocks behind the core count where their fact is set in both. Left out are what only
// one side knows (the interface and the direction of the hook), and the parser's own scratch (core.cursor,
// inside).
[[nodiscard]] std::string differences(const vdt_packet& kernel, const vdt_packet& file);

}  // namespace vedette::tests
