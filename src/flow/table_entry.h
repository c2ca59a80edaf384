// A flow's place in the flow table: the flow and what the table alone needs to keep it.
#pragma once

#include <cstdint>

#include "flow/flow.h"
#include "flow/slab.h"

namespace vedette {

enum Beside : std::uint8_t { kHasFacts = 1 << 0, kHasTunnel = 1 << 1 };

struct TableEntry {
  Flow flow;
  std::uint32_t tracking = 0;  // number of its TcpTracking; 0 = none
  std::uint32_t previous = 0;  // neighbours in a bucket of its idle wheel; 0 = none
  std::uint32_t next = 0;
  std::uint16_t bucket = 0;  // of its idle wheel
  std::uint8_t wheel = 0;    // which: enum IdleClass
  std::uint8_t beside = 0;   // enum Beside: which side tables hold more of it
};

static_assert(sizeof(TableEntry) == 168, "a flow's memory is a promise: docs/benchmarks.md");

using Entries = Slab<TableEntry>;

}  // namespace vedette
