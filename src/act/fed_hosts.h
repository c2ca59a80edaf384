// The single IPv4 addresses of a feed table (bpf/abi/feeds.h), where a packet looks for its source first.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "abi/feeds.h"

namespace vedette {

struct FedHosts {
  std::vector<vdt_feed_bucket> buckets;  // at least VDT_FEED_BUCKETS_LEAST
  std::array<std::uint32_t, VDT_FEED_ENDS> ends{};
};

// What these IPv4 entries name alone and drop as long as they last. About one host in forty finds its
// bucket full and has no element; nor has one with another end than the most frequent ones. `key`: struct
// vdt_feed_header's.
[[nodiscard]] FedHosts fed_hosts(std::span<const vdt_feed_entry> entries, std::uint32_t key);

// The element of an entry's address; nullptr where it has none.
[[nodiscard]] __u64* find_host(std::span<vdt_feed_bucket> buckets, std::uint32_t key,
                               const vdt_feed_entry& entry);

}  // namespace vedette
