#include "act/prefix_list.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

namespace vedette {

namespace {

// A prefix as the tries' key; both versions' begin alike.
struct Key {
  vdt_prefix6 bytes{};

  Key() = default;
  explicit Key(const Prefix& prefix) {
    bytes.length = prefix.length;
    std::memcpy(bytes.address, prefix.address.bytes, sizeof bytes.address);
  }
  [[nodiscard]] Prefix prefix(std::uint8_t ip_version) const {
    vdt_address address{};
    std::memcpy(address.bytes, bytes.address, ip_version == 4 ? 4 : 16);
    return prefix_of(address, ip_version, static_cast<std::uint8_t>(bytes.length));
  }
};

// 0 is no end at all.
std::uint64_t later(std::uint64_t one, std::uint64_t other) {
  return one == 0 || other == 0 ? 0 : std::max(one, other);
}

std::uint64_t own_drops_until(const vdt_listed& entry) {
  return entry.flags & VDT_LISTED_OBSERVE ? VDT_NEVER_DROPS : entry.own_until_ns;
}

}  // namespace

Result<PrefixList> PrefixList::open(int ipv4, int ipv6) {
  PrefixList list(ipv4, ipv6);
  for (const std::uint8_t version : {std::uint8_t{4}, std::uint8_t{6}})
    if (auto taken = list.take_over(version); !taken) return std::unexpected(taken.error());
  return list;
}

Result<void> PrefixList::take_over(std::uint8_t ip_version) {
  Key key;
  const void* after = nullptr;
  while (bpf_map_get_next_key(trie(ip_version), after, &key.bytes) == 0) {
    after = &key.bytes;
    const Prefix prefix = key.prefix(ip_version);
    vdt_listed entry{};
    if (read(prefix, entry)) entries_.emplace(prefix, entry);
  }
  return {};
}

bool PrefixList::read(const Prefix& prefix, vdt_listed& entry) const {
  const Key key(prefix);
  // The longest match: with all of the prefix's bits given, the entry itself, as it is there.
  return bpf_map_lookup_elem(trie(prefix.ip_version), &key.bytes, &entry) == 0;
}

Result<void> PrefixList::write(const Prefix& prefix, const vdt_listed& entry) const {
  const Key key(prefix);
  if (bpf_map_update_elem(trie(prefix.ip_version), &key.bytes, &entry, BPF_ANY) == 0) return {};
  if (errno == ENOSPC)
    return busy(prefix_text(prefix), fmt::format("the list holds {} entries and no more", VDT_LIST_ENTRIES));
  return failed(prefix_text(prefix),
                fmt::format("the kernel doesn't take the entry: {}", std::strerror(errno)));
}

vdt_listed PrefixList::joined(const Prefix& prefix) const {
  vdt_listed entry = entries_.at(prefix);
  entry.until_ns = entry.own_until_ns;
  entry.drops_until_ns = own_drops_until(entry);
  for (std::uint8_t length = 0; length < prefix.length; length++) {
    const auto wider = entries_.find(prefix_of(prefix.address, prefix.ip_version, length));
    if (wider == entries_.end()) continue;
    entry.until_ns = later(entry.until_ns, wider->second.own_until_ns);
    entry.drops_until_ns = later(entry.drops_until_ns, own_drops_until(wider->second));
  }
  return entry;
}

Result<void> PrefixList::renew_ends(const Prefix& prefix) {
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && prefix.holds(at->first); ++at) {
    const vdt_listed ends = joined(at->first);
    if (ends.until_ns == at->second.until_ns && ends.drops_until_ns == at->second.drops_until_ns) continue;
    // Hits between reading and writing are not counted in the entry; the interface's counters have them.
    (void)read(at->first, at->second);
    at->second.until_ns = ends.until_ns;
    at->second.drops_until_ns = ends.drops_until_ns;
    if (auto written = write(at->first, at->second); !written) return written;
  }
  return {};
}

Result<void> PrefixList::put(const Prefix& prefix, vdt_listed entry) {
  const auto known = entries_.find(prefix);
  if (known != entries_.end() && read(prefix, known->second)) {
    entry.packets = known->second.packets;
    entry.bytes = known->second.bytes;
  }
  const auto before = known == entries_.end() ? std::nullopt : std::optional(known->second);
  entries_[prefix] = entry;
  entries_[prefix] = joined(prefix);
  if (auto written = write(prefix, entries_[prefix]); !written) {
    if (before)
      entries_[prefix] = *before;
    else
      entries_.erase(prefix);
    return written;
  }
  return renew_ends(prefix);
}

Result<bool> PrefixList::erase(const Prefix& prefix) {
  if (entries_.erase(prefix) == 0) return false;
  const Key key(prefix);
  if (bpf_map_delete_elem(trie(prefix.ip_version), &key.bytes) != 0 && errno != ENOENT)
    return failed(prefix_text(prefix), fmt::format("the kernel keeps the entry: {}", std::strerror(errno)));
  if (auto renewed = renew_ends(prefix); !renewed) return std::unexpected(renewed.error());
  return true;
}

std::vector<Prefix> PrefixList::ended(std::uint64_t now_ns) const {
  std::vector<Prefix> ended;
  for (const auto& [prefix, entry] : entries_)
    if (entry.own_until_ns != 0 && entry.own_until_ns <= now_ns) ended.push_back(prefix);
  return ended;
}

Result<bool> PrefixList::expire(std::uint64_t now_ns) {
  const std::vector<Prefix> all = ended(now_ns);
  for (const Prefix& prefix : all)
    if (auto erased = erase(prefix); !erased) return erased;
  return !all.empty();
}

void PrefixList::count() {
  for (auto& [prefix, entry] : entries_) {
    vdt_listed found{};
    if (!read(prefix, found)) continue;
    entry.packets = found.packets;
    entry.bytes = found.bytes;
  }
}

}  // namespace vedette
