#include "act/fed_hosts.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

namespace vedette {

namespace {

// A bucket of eight has five on average, so that few are full.
constexpr std::size_t kHostsOfABucket = 5;

bool is_host(const vdt_feed_entry& entry) {
  return entry.length == 32 && entry.drops_until == entry.until;
}

std::uint64_t place_of(const vdt_feed_entry& entry, std::uint32_t key, std::size_t buckets) {
  std::uint32_t address = 0;
  std::memcpy(&address, entry.address, sizeof address);
  return vdt_feed_host_place(address, key, static_cast<std::uint32_t>(buckets));
}

// The most frequent ones of hosts that have one.
std::array<std::uint32_t, VDT_FEED_ENDS> ends_of(std::span<const vdt_feed_entry> entries) {
  std::map<std::uint32_t, std::size_t> hosts;
  for (const vdt_feed_entry& entry : entries)
    if (is_host(entry) && entry.until != 0) hosts[entry.until]++;
  std::vector<std::pair<std::size_t, std::uint32_t>> most;
  most.reserve(hosts.size());
  for (const auto& [end, count] : hosts) most.emplace_back(count, end);
  std::ranges::sort(most, std::greater());
  std::array<std::uint32_t, VDT_FEED_ENDS> ends{};
  for (std::size_t at = 0; at < most.size() && at < ends.size(); at++) ends[at] = most[at].second;
  return ends;
}

// 0: without an end; else from 1 on; nothing for one that isn't among them.
std::optional<std::uint64_t> number_of(std::uint32_t end, std::span<const std::uint32_t> ends) {
  if (end == 0) return 0;
  const auto found = std::ranges::find(ends, end);
  if (found == ends.end()) return std::nullopt;
  return found - ends.begin() + 1;
}

}  // namespace

FedHosts fed_hosts(std::span<const vdt_feed_entry> entries, std::uint32_t key) {
  const auto count = static_cast<std::size_t>(std::ranges::count_if(entries, is_host));
  FedHosts all;
  all.buckets.resize(std::max<std::size_t>(count / kHostsOfABucket, VDT_FEED_BUCKETS_LEAST));
  all.ends = ends_of(entries);
  for (const vdt_feed_entry& entry : entries) {
    if (!is_host(entry)) continue;
    const auto end = number_of(entry.until, all.ends);
    const std::uint64_t place = place_of(entry, key, all.buckets.size());
    const std::span<__u64> bucket(all.buckets[place >> 32].hosts);
    const auto free = std::ranges::find(bucket, 0U);
    if (end && free != bucket.end())
      *free = vdt_feed_host_name(place) << VDT_FEED_HOST_SET | *end << VDT_FEED_HOST_END;
  }
  return all;
}

__u64* find_host(std::span<vdt_feed_bucket> buckets, std::uint32_t key, const vdt_feed_entry& entry) {
  if (!is_host(entry)) return nullptr;
  const std::uint64_t place = place_of(entry, key, buckets.size());
  for (__u64& host : buckets[place >> 32].hosts)
    if (__atomic_load_n(&host, __ATOMIC_RELAXED) >> VDT_FEED_HOST_SET == vdt_feed_host_name(place))
      return &host;
  return nullptr;
}

}  // namespace vedette
