// The IPv4 half of a feed table (bpf/abi/feeds.h): which of all addresses which entry holds.
#pragma once

#include <vector>

#include "act/fed_prefix.h"

namespace vedette {

struct FeedSpans {
  std::vector<vdt_feed_index4> index;  // of all 2^18
  std::vector<vdt_feed_span> spans;
};

// Of IPv4 prefixes in their order, each once; an entry's number is its place among these.
[[nodiscard]] FeedSpans feed_spans(const std::vector<FedPrefix>& prefixes);

}  // namespace vedette
