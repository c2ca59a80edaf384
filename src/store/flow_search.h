// The flows themselves that are stored, one by one: those of a span of time that a pcap filter matches, in
// the order and from the place on that are asked for. Where store/query.h sums, this lists.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/query.h"

namespace vedette {

// A flow belongs to the span where one of its rows does; what it is told with (packets, bytes, retransmits,
// ...) is what its rows within the span have.
struct FlowSearch {
  Nanoseconds begin{};          // since the epoch
  Nanoseconds end{};            // does not belong to it
  std::string filter;           // pcap-filter over the flow's addresses, ports, protocol; empty: all
  std::string sort = "-bytes";  // as FlowOrder has it, but for packets' lengths, which aren't stored
  std::size_t skip = 0;         // of those that match
  std::size_t limit = 100;
};

struct FoundFlows {
  std::vector<std::vector<AnswerValue>> rows;  // a value a found_columns()
  std::uint64_t total = 0;                     // that match
  Nanoseconds begin{}, end{};                  // what is kept of the span
};

// How a flow's rows become one.
enum class FoundMerge : std::uint8_t { kKey, kBegin, kEnd, kSum, kLatest, kMost };

struct FoundColumn {
  std::string_view name;  // the field's, and the stored column's
  FoundMerge merge = FoundMerge::kKey;
};

// first_ns and last_ns first.
[[nodiscard]] std::span<const FoundColumn> found_columns();

// An object (contract: a flow) without line end.
[[nodiscard]] std::string found_flow_json(std::span<const AnswerValue> row);

}  // namespace vedette
