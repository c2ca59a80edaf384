// What several feeds say of sources, put together: each prefix once, with the feeds that name it.
#pragma once

#include <cstdint>
#include <vector>

#include "abi/feeds.h"
#include "base/prefix.h"

namespace vedette {

// Times as bpf/abi/feeds.h has them.
struct FedPrefix {
  Prefix prefix;
  std::uint32_t until = 0;                           // 0: without an end
  std::uint32_t drops_until = VDT_FEED_NEVER_DROPS;  // of those that don't observe only
  std::uint64_t feeds = 0;                           // a bit for each
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// The later of two ends.
[[nodiscard]] std::uint32_t later_end(std::uint32_t one, std::uint32_t other);
// The longer of two ways to drop.
[[nodiscard]] std::uint32_t later_drop(std::uint32_t one, std::uint32_t other);

// In their order, each prefix once: the latest of its ends, all of its feeds.
void put_together(std::vector<FedPrefix>& prefixes);

// Which entry, of those in their order, holds the other: for each the index of the longest one that does,
// itself left out; -1 where none does.
[[nodiscard]] std::vector<std::int64_t> holders(const std::vector<FedPrefix>& prefixes);

}  // namespace vedette
