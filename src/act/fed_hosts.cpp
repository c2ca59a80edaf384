#include "act/fed_hosts.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace vedette {

namespace {

// A bucket of sixteen has so many on average, so that few are full.
constexpr std::size_t kHostsOfABucket = 12;

constexpr std::uint32_t kNoEnd = std::numeric_limits<std::uint32_t>::max();

bool is_host(const vdt_feed_entry& entry) {
  return entry.length == 32 && entry.drops_until == entry.until;
}

std::uint32_t end_of(const vdt_feed_entry& entry) {
  return entry.until == 0 ? kNoEnd : entry.until;
}

// The latest end that seven in eight reach. `ends` come into another order.
std::uint32_t shared_end(std::vector<std::uint32_t>& ends) {
  if (ends.empty()) return kNoEnd;
  const auto found = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 8);
  std::ranges::nth_element(ends, found);
  return *found;
}

}  // namespace

FedHosts fed_hosts(std::span<const vdt_feed_entry> entries, std::uint32_t key) {
  std::vector<std::uint32_t> ends;
  for (const vdt_feed_entry& entry : entries)
    if (is_host(entry)) ends.push_back(end_of(entry));
  const std::uint32_t until = shared_end(ends);

  vdt_feed_bucket empty{};
  std::ranges::fill(empty.hosts, VDT_FEED_NO_HOST);
  FedHosts all{.buckets = {}, .until = until == kNoEnd ? 0 : until};
  all.buckets.resize(std::max<std::size_t>(ends.size() / kHostsOfABucket, VDT_FEED_BUCKETS_LEAST), empty);
  const auto buckets = static_cast<std::uint32_t>(all.buckets.size());
  for (const vdt_feed_entry& entry : entries) {
    if (!is_host(entry) || end_of(entry) < until) continue;
    std::uint32_t address = 0;
    std::memcpy(&address, entry.address, sizeof address);
    const std::uint64_t place = vdt_feed_host_place(address, key, buckets);
    const std::span<__u16> bucket(all.buckets[place >> 32].hosts);
    if (const auto free = std::ranges::find(bucket, VDT_FEED_NO_HOST); free != bucket.end())
      *free = vdt_feed_host_name(place);
  }
  return all;
}

}  // namespace vedette
