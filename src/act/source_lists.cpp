#include "act/source_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include "act/feed_table.h"
#include "kernel/wall_clock.h"

namespace vedette {

namespace {

constexpr std::uint32_t kSwitches = VDT_LISTS_BLOCK | VDT_LISTS_SHORT_IPV6 | VDT_LISTS_WIDE_IPV6 |
                                    VDT_LISTS_BY_HAND | VDT_LISTS_ALLOW | VDT_LISTS_FEEDS;

// Not within a character.
std::string cut(const std::string& text, std::size_t room) {
  std::size_t size = std::min(text.size(), room);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) size--;
  return text.substr(0, size);
}

vdt_listed entry_of(const ListChange& change) {
  vdt_listed entry{};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  entry.since_ns = static_cast<std::uint64_t>(std::chrono::duration_cast<Nanoseconds>(now).count());
  if (change.ttl)
    entry.own_until_ns = WallClock::monotonic_now_ns() + static_cast<std::uint64_t>(change.ttl->count());
  entry.until_ns = entry.own_until_ns;
  entry.flags = change.observe ? VDT_LISTED_OBSERVE : 0;
  const std::string reason = cut(change.reason, sizeof entry.reason - 1);
  std::memcpy(entry.reason, reason.data(), reason.size());
  return entry;
}

ListedSource listed(ListKind kind, const Prefix& prefix, const vdt_listed& entry, const WallClock& clock) {
  ListedSource source{.kind = kind, .prefix = prefix, .entry = entry, .expires = {}};
  if (entry.own_until_ns != 0) source.expires = clock.at(entry.own_until_ns);
  return source;
}

void write_entry(JsonWriter& json, const Prefix& prefix, const vdt_listed& entry,
                 const std::optional<Nanoseconds>& expires) {
  json.field("prefix", std::string_view(prefix_text(prefix)));
  if (expires) json.field("expires_ns", expires->count());
  if (entry.flags & VDT_LISTED_OBSERVE) json.field("observe", true);
  if (const std::string_view reason = list_reason(entry); !reason.empty()) json.field("reason", reason);
}

Result<void> refuse(const Prefix& prefix, const Untouchable& one) {
  return unusable(prefix_text(prefix), fmt::format("holds {}: {}", prefix_text(one.address), one.what),
                  "--force blocks it all the same");
}

}  // namespace

std::string_view list_kind_name(ListKind kind) {
  return kind == ListKind::kBlock ? "block" : "allow";
}

std::string_view list_reason(const vdt_listed& entry) {
  return {entry.reason, strnlen(entry.reason, sizeof entry.reason)};
}

Result<std::unique_ptr<SourceLists>> SourceLists::open(PacketPrograms& programs, AuditTrail* audit) {
  std::array<int, 7> fds{};
  constexpr std::array kMaps{"block4", "block6", "allow4", "allow6", "block_bits4", "block_bits6", "feeds"};
  for (std::size_t at = 0; at < kMaps.size(); at++) {
    const auto fd = programs.map_fd(kMaps[at]);
    if (!fd) return std::unexpected(fd.error());
    fds[at] = *fd;
  }
  auto block = PrefixList::open(fds[0], fds[1]);
  if (!block) return std::unexpected(block.error());
  auto allow = PrefixList::open(fds[2], fds[3]);
  if (!allow) return std::unexpected(allow.error());
  auto bits = BlockBits::map(fds[4], fds[5]);
  if (!bits) return std::unexpected(bits.error());
  std::unique_ptr<SourceLists> lists(
      new SourceLists(programs, audit, std::move(*block), std::move(*allow), std::move(*bits)));
  // What feeds a dead daemon had in the packets' way stays there.
  if (const auto feeds = FeedTable::of(fds[6], programs.pin_folder()); feeds && *feeds)
    lists->feed_bits_ = (*feeds)->bits();
  lists->follow();
  return lists;
}

void SourceLists::follow() {
  bits_.set_all(feed_bits_, block_.entries());
  follow_switches();
}

void SourceLists::follow_switches() {
  std::uint32_t lists = BlockBits::switches(block_.entries()) | feed_bits_.switches;
  if (feed_bits_.switches != 0) lists |= VDT_LISTS_FEEDS;
  if (!allow_.entries().empty()) lists |= VDT_LISTS_ALLOW;
  programs_.set_lists(kSwitches, lists);
}

void SourceLists::widen_bits(const BitWords& feeds) {
  const std::lock_guard lock(mutex_);
  bits_.widen(feeds);
  programs_.set_lists(0, feeds.switches);
}

void SourceLists::set_feed_bits(BitWords feeds) {
  const std::lock_guard lock(mutex_);
  feed_bits_ = std::move(feeds);
  follow();
}

Result<void> SourceLists::refuse_lock_out(const ListChange& change) {
  if (change.kind != ListKind::kBlock || change.observe || change.force) return {};
  if (change.operator_address && change.prefix.holds(*change.operator_address))
    return refuse(change.prefix,
                  {.address = *change.operator_address, .what = "you are working from there", .local = {}});
  const auto all = change.by.kind == ActorKind::kFinding
                       ? untouchables_.get()
                       : std::make_shared<const std::vector<Untouchable>>(untouchables());
  if (const Untouchable* one = held_by(change.prefix, *all)) return refuse(change.prefix, *one);
  return {};
}

Result<ListedSource> SourceLists::put(const ListChange& change) {
  if (auto safe = refuse_lock_out(change); !safe) return std::unexpected(safe.error());
  const std::lock_guard lock(mutex_);
  if (change.kind == ListKind::kBlock) bits_.set(change.prefix);
  if (auto put = list(change.kind).put(change.prefix, entry_of(change)); !put)
    return std::unexpected(put.error());
  changed_ = true;
  follow_switches();
  ListedSource source =
      listed(change.kind, change.prefix, list(change.kind).entries().at(change.prefix), WallClock());
  if (audit_)
    audit_->record(list_kind_name(change.kind), change.by, [&](JsonWriter& json) {
      write_entry(json, source.prefix, source.entry, source.expires);
      if (change.force) json.field("force", true);
    });
  return source;
}

Result<std::optional<ListedSource>> SourceLists::erase(ListKind kind, const Prefix& prefix, const Actor& by) {
  const std::lock_guard lock(mutex_);
  PrefixList& from = list(kind);
  from.count();
  const auto found = from.entries().find(prefix);
  if (found == from.entries().end()) return std::optional<ListedSource>();
  if (found->second.flags & VDT_LISTED_POLICY)
    return unusable(prefix_text(prefix), "is the policy's entry, not one made by hand",
                    "change the policy, or allow the address");
  const ListedSource gone = listed(kind, prefix, found->second, WallClock());
  if (auto erased = from.erase(prefix); !erased) return std::unexpected(erased.error());
  put_missing_policys(WallClock::monotonic_now_ns());
  if (kind == ListKind::kBlock)
    follow();
  else
    follow_switches();
  changed_ = true;
  if (audit_)
    audit_->record(kind == ListKind::kBlock ? "unblock" : "unallow", by, [&](JsonWriter& json) {
      write_entry(json, gone.prefix, gone.entry, gone.expires);
      json.field("packets", gone.entry.packets);
      json.field("bytes", gone.entry.bytes);
    });
  return std::optional(gone);
}

bool SourceLists::made_by_hand(const Place& place) {
  const auto found = list(place.first).entries().find(place.second);
  return found != list(place.first).entries().end() && !(found->second.flags & VDT_LISTED_POLICY);
}

Result<void> SourceLists::put_policys(const Place& place, vdt_listed entry) {
  if (made_by_hand(place)) return {};
  if (place.first == ListKind::kBlock) bits_.set(place.second);
  return list(place.first).put(place.second, entry);
}

void SourceLists::put_missing_policys(std::uint64_t now_ns) {
  for (const auto& [place, entry] : policys_) {
    const bool ended = entry.own_until_ns != 0 && entry.own_until_ns <= now_ns;
    if (ended || list(place.first).entries().contains(place.second)) continue;
    // What finds no room is tried again with the next entry that goes.
    (void)put_policys(place, entry);
  }
}

Result<void> SourceLists::add_policy(const std::vector<ListChange>& entries) {
  const std::lock_guard lock(mutex_);
  std::map<Place, vdt_listed> wanted;
  for (const ListChange& change : entries) {
    vdt_listed entry = entry_of(change);
    entry.flags |= VDT_LISTED_POLICY;
    wanted[{change.kind, change.prefix}] = entry;
  }
  Result<void> all;
  // Whom the policy allows comes first, and goes last: in between nobody is blocked who is in neither policy.
  for (const ListKind kind : {ListKind::kAllow, ListKind::kBlock})
    for (const auto& [place, entry] : wanted)
      if (place.first == kind && all) all = put_policys(place, entry);
  follow_switches();
  changed_ = true;
  if (all) policys_ = std::move(wanted);
  return all;
}

Result<void> SourceLists::end_former_policy() {
  const std::lock_guard lock(mutex_);
  Result<void> all;
  for (const ListKind kind : {ListKind::kBlock, ListKind::kAllow}) {
    std::vector<Prefix> gone;
    for (const auto& [prefix, entry] : list(kind).entries())
      if ((entry.flags & VDT_LISTED_POLICY) && !policys_.contains({kind, prefix})) gone.push_back(prefix);
    for (const Prefix& prefix : gone)
      if (auto erased = list(kind).erase(prefix); !erased) all = std::unexpected(erased.error());
  }
  follow();
  changed_ = true;
  return all;
}

bool SourceLists::has_policy() {
  const std::lock_guard lock(mutex_);
  for (const ListKind kind : {ListKind::kBlock, ListKind::kAllow})
    for (const auto& [prefix, entry] : list(kind).entries())
      if (entry.flags & VDT_LISTED_POLICY) return true;
  return false;
}

std::vector<ListedSource> SourceLists::all() {
  const std::lock_guard lock(mutex_);
  const WallClock clock;
  std::vector<ListedSource> all;
  for (const ListKind kind : {ListKind::kBlock, ListKind::kAllow}) {
    list(kind).count();
    for (const auto& [prefix, entry] : list(kind).entries())
      all.push_back(listed(kind, prefix, entry, clock));
  }
  return all;
}

std::optional<ListedSource> SourceLists::find(const Prefix& prefix) {
  const std::lock_guard lock(mutex_);
  if (auto allowed = holding(ListKind::kAllow, prefix, 0)) return allowed;
  if (auto blocked = holding(ListKind::kBlock, prefix, VDT_LISTED_OBSERVE)) return blocked;
  return holding(ListKind::kBlock, prefix, 0);
}

// The longest such entry that has none of the flags.
std::optional<ListedSource> SourceLists::holding(ListKind kind, const Prefix& prefix,
                                                 std::uint32_t without_flags) {
  const std::uint64_t now = WallClock::monotonic_now_ns();
  const auto& entries = list(kind).entries();
  for (int length = prefix.length; length >= 0; length--) {
    const auto found =
        entries.find(prefix_of(prefix.address, prefix.ip_version, static_cast<std::uint8_t>(length)));
    if (found == entries.end() || (found->second.flags & without_flags)) continue;
    if (found->second.own_until_ns != 0 && found->second.own_until_ns <= now) continue;
    return listed(kind, found->first, found->second, WallClock());
  }
  return {};
}

Result<bool> SourceLists::expire(ListKind kind, std::uint64_t now_ns) {
  PrefixList& from = list(kind);
  const std::vector<Prefix> ended = from.ended(now_ns);
  if (ended.empty()) return false;
  from.count();
  const std::map<Prefix, vdt_listed> before = from.entries();
  auto expired = from.expire(now_ns);
  for (const Prefix& prefix : ended) {
    if (!audit_ || from.entries().contains(prefix)) continue;
    const vdt_listed& entry = before.at(prefix);
    audit_->record(kind == ListKind::kBlock ? "block_ended" : "allow_ended", {.kind = ActorKind::kTime},
                   [&](JsonWriter& json) {
                     write_entry(json, prefix, entry, {});
                     json.field("packets", entry.packets);
                     json.field("bytes", entry.bytes);
                   });
  }
  return expired;
}

void SourceLists::expire() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t now = WallClock::monotonic_now_ns();
  // What the kernel doesn't give up is tried again the next time.
  const bool blocks_ended = expire(ListKind::kBlock, now).value_or(true),
             allowed_ended = expire(ListKind::kAllow, now).value_or(true);
  if (blocks_ended || allowed_ended) put_missing_policys(now);
  if (blocks_ended)
    follow();
  else if (allowed_ended)
    follow_switches();
  changed_ |= blocks_ended || allowed_ended;
}

Result<void> SourceLists::restore(const std::vector<ListedSource>& sources) {
  const std::lock_guard lock(mutex_);
  const WallClock clock;
  Result<void> all;
  for (const ListedSource& source : sources) {
    vdt_listed entry = source.entry;
    entry.own_until_ns =
        source.expires ? static_cast<std::uint64_t>(clock.monotonic(*source.expires).count()) : 0;
    entry.until_ns = entry.own_until_ns;
    if (auto put = list(source.kind).put(source.prefix, entry); !put) all = put;
  }
  follow();
  return all;
}

bool SourceLists::changed() {
  const std::lock_guard lock(mutex_);
  return std::exchange(changed_, false);
}

}  // namespace vedette
