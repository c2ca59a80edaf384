// The single IPv4 addresses of a feed table (bpf/abi/feeds.h), where a packet looks for its source first.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "abi/feeds.h"

namespace vedette {

struct FedHosts {
  std::vector<vdt_feed_bucket> buckets;  // at least VDT_FEED_BUCKETS_LEAST
  std::uint32_t until = 0;               // struct vdt_feed_header's hosts4_until
};

// What these IPv4 entries name alone and drop as long as they last. One host in fifty or so finds its bucket
// full and has no element; nor has one that ends before `until`, which is such that one in eight at most
// does. `key`: struct vdt_feed_header's.
[[nodiscard]] FedHosts fed_hosts(std::span<const vdt_feed_entry> entries, std::uint32_t key);

}  // namespace vedette
