// The IPv6 half of a feed table (bpf/abi/feeds.h): the hash table that is searched by the lengths of its
// prefixes.
#pragma once

#include <vector>

#include "act/fed_prefix.h"

namespace vedette {

struct FeedSlots {
  std::vector<vdt_feed_length6> lengths;
  std::vector<vdt_feed_slot6> slots;
  std::uint32_t mask = 0;
  std::uint32_t key = 1;
};

// Of IPv6 prefixes in their order, each once; an entry's number is its place among these.
[[nodiscard]] FeedSlots feed_slots(const std::vector<FedPrefix>& prefixes);

}  // namespace vedette
