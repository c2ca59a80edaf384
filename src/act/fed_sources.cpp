#include "act/fed_sources.h"

#include <algorithm>
#include <limits>

namespace vedette {

namespace {

constexpr std::uint32_t kGone = std::numeric_limits<std::uint32_t>::max();

struct Carried {
  std::uint32_t number = kGone;  // in the new table
  FedHits hits;
};

// Gives entries that were there before their hits; says where each of the old ones is now. Both are in their
// order.
std::vector<Carried> carry(const FeedTable& old, std::vector<FedPrefix>& prefixes) {
  std::vector<Carried> all(old.size());
  std::size_t at = 0;
  for (std::size_t number = 0; number < old.size(); number++) {
    const FedPrefix before = old.at(number);
    while (at < prefixes.size() && prefixes[at].prefix < before.prefix) at++;
    all[number].hits = {before.packets, before.bytes};
    if (at == prefixes.size() || prefixes[at].prefix != before.prefix) continue;
    prefixes[at].packets = before.packets;
    prefixes[at].bytes = before.bytes;
    all[number].number = static_cast<std::uint32_t>(at);
  }
  return all;
}

}  // namespace

FedSources::FedSources(PacketPrograms& programs, SourceLists& lists, int map)
    : programs_(programs), lists_(lists), map_(map) {}

Result<std::unique_ptr<FedSources>> FedSources::open(PacketPrograms& programs, SourceLists& lists) {
  const auto map = programs.map_fd("feeds");
  if (!map) return std::unexpected(map.error());
  std::unique_ptr<FedSources> sources(new FedSources(programs, lists, *map));
  if (auto taken = sources->take_over(); !taken) return std::unexpected(taken.error());
  return sources;
}

Result<void> FedSources::take_over() {
  auto table = FeedTable::of(map_, programs_.pin_folder());
  if (!table) return std::unexpected(table.error());
  table_ = std::move(*table);
  return {};
}

Result<void> FedSources::swap(std::vector<FedPrefix> prefixes, const std::vector<std::string>& feeds) {
  put_together(prefixes);
  BitWords bits;
  for (const FedPrefix& one : prefixes) bits.add(one.prefix);
  const std::lock_guard lock(mutex_);
  std::vector<Carried> carried;
  if (table_) carried = carry(*table_, prefixes);
  std::optional<FeedTable> next;
  if (!prefixes.empty()) {
    auto made = FeedTable::make(prefixes, feeds);
    if (!made) return std::unexpected(made.error());
    next = std::move(*made);
  }
  lists_.widen_bits(bits);
  if (auto put = this->put(next); !put) return put;
  lists_.set_feed_bits(std::move(bits));
  // No packet asks the old table any more: what it counted since it was read is carried over too.
  for (std::size_t number = 0; number < carried.size(); number++) {
    const FedPrefix last = table_->at(number);
    const FedHits since{last.packets - carried[number].hits.packets, last.bytes - carried[number].hits.bytes};
    if (carried[number].number == kGone)
      remember(last);
    else if (since.packets != 0)
      next->add_hits(carried[number].number, since.packets, since.bytes);
  }
  table_ = std::move(next);
  return {};
}

Result<void> FedSources::put(const std::optional<FeedTable>& table) {
  if (!table) return FeedTable::take_out_of(map_, programs_.pin_folder());
  return table->put_into(map_, programs_.pin_folder());
}

void FedSources::remember(const FedPrefix& gone) {
  if (gone.packets == 0) return;
  for (const std::string& feed : names(gone.feeds)) {
    gone_[feed].packets += gone.packets;
    gone_[feed].bytes += gone.bytes;
  }
}

std::size_t FedSources::size() const {
  const std::lock_guard lock(mutex_);
  return table_ ? table_->size() : 0;
}

std::vector<std::string> FedSources::names(std::uint64_t feeds) const {
  std::vector<std::string> all;
  for (std::size_t bit = 0; bit < table_->feeds().size(); bit++)
    if (feeds >> bit & 1) all.push_back(table_->feeds()[bit]);
  return all;
}

FedSource FedSources::source(std::size_t number) const {
  const FedPrefix entry = table_->at(number);
  return {entry, names(entry.feeds)};
}

std::vector<FedSource> FedSources::page(std::size_t first, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<FedSource> all;
  for (std::size_t number = first; table_ && number < table_->size() && all.size() < most; number++)
    all.push_back(source(number));
  return all;
}

std::vector<FedSource> FedSources::that_hold(const Prefix& prefix) const {
  const std::lock_guard lock(mutex_);
  std::vector<FedSource> all;
  if (!table_) return all;
  for (const std::size_t number : table_->that_hold(prefix)) all.push_back(source(number));
  return all;
}

std::map<std::string, FedHits> FedSources::hits() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, FedHits> all = gone_;
  if (!table_) return all;
  std::map<std::uint64_t, FedHits> by_set;
  for (std::size_t number = 0; number < table_->size(); number++) {
    const FedPrefix entry = table_->at(number);
    if (entry.packets == 0) continue;
    by_set[entry.feeds].packets += entry.packets;
    by_set[entry.feeds].bytes += entry.bytes;
  }
  for (const auto& [set, hits] : by_set)
    for (const std::string& feed : names(set)) {
      all[feed].packets += hits.packets;
      all[feed].bytes += hits.bytes;
    }
  return all;
}

}  // namespace vedette
