#include "act/feed_slots.h"

#include <endian.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <utility>

namespace vedette {

namespace {

constexpr int kMoves =
    500;  // of slots that make room for one; random walks end after a few where there is room

struct Key {
  Prefix prefix;
  std::uint32_t entry = 0;  // 1 + its number; 0: it is a marker alone
};

vdt_feed_slot6 slot_of(const Prefix& prefix, std::uint32_t entry) {
  return {.high = be64toh(prefix.address.halves[0]),
          .low = be64toh(prefix.address.halves[1]),
          .length = prefix.length + 1U,
          .entry = entry,
          .zero = 0};
}

vdt_feed_length6 length_of(std::uint8_t length) {
  vdt_address all{};
  std::memset(all.bytes, 0xff, sizeof all.bytes);
  const vdt_feed_slot6 kept = slot_of(prefix_of(all, 6, length), 0);
  return {.high = kept.high, .low = kept.low, .length = length, .zero = 0};
}

std::vector<std::uint8_t> lengths_of(const std::vector<FedPrefix>& prefixes) {
  std::vector<bool> there(129);
  for (const FedPrefix& one : prefixes) there[one.prefix.length] = true;
  std::vector<std::uint8_t> lengths;
  for (unsigned length = 0; length < there.size(); length++)
    if (there[length]) lengths.push_back(static_cast<std::uint8_t>(length));
  return lengths;
}

// The entries, and the markers on the search's way to each.
std::vector<Key> keys_of(const std::vector<FedPrefix>& prefixes, const std::vector<std::uint8_t>& lengths) {
  std::vector<Key> keys;
  keys.reserve(prefixes.size() * 2);
  for (std::uint32_t entry = 0; entry < prefixes.size(); entry++) {
    const Prefix& prefix = prefixes[entry].prefix;
    keys.push_back({prefix, entry + 1});
    std::size_t shortest = 0, end = lengths.size();
    while (shortest < end) {
      const std::size_t middle = shortest + (end - shortest) / 2;
      if (lengths[middle] == prefix.length) break;
      if (lengths[middle] > prefix.length) {
        end = middle;
        continue;
      }
      keys.push_back({prefix_of(prefix.address, 6, lengths[middle]), 0});
      shortest = middle + 1;
    }
  }
  std::ranges::sort(keys, [](const Key& one, const Key& other) {
    const auto order = one.prefix <=> other.prefix;
    return order != 0 ? order < 0 : one.entry > other.entry;
  });
  const auto same = std::unique(keys.begin(), keys.end(),
                                [](const Key& one, const Key& other) { return one.prefix == other.prefix; });
  keys.erase(same, keys.end());
  return keys;
}

// Each with the longest entry that holds it.
std::vector<vdt_feed_slot6> named(const std::vector<Key>& keys) {
  std::vector<vdt_feed_slot6> all;
  all.reserve(keys.size());
  std::vector<const Key*> open;  // entries within one another
  for (const Key& key : keys) {
    while (!open.empty() && !open.back()->prefix.holds(key.prefix)) open.pop_back();
    if (key.entry != 0) open.push_back(&key);
    all.push_back(slot_of(key.prefix, open.empty() ? 0 : open.back()->entry));
  }
  return all;
}

std::uint64_t hash_of(const vdt_feed_slot6& slot, std::uint32_t key) {
  return vdt_feed_hash6(slot.high, slot.low, slot.length - 1, key);
}

// False where one finds no room.
bool place(const std::vector<vdt_feed_slot6>& all, FeedSlots& table, std::mt19937& random) {
  table.slots.assign(2ULL * (table.mask + 1ULL), {});
  for (vdt_feed_slot6 slot : all) {
    bool placed = false;
    for (int move = 0; move < kMoves && !placed; move++) {
      const std::uint64_t hash = hash_of(slot, table.key);
      for (std::uint32_t choice = 0; choice < VDT_FEED_SLOTS6 && !placed; choice++)
        if (vdt_feed_slot6& free = table.slots[vdt_feed_slot_at(hash, choice, table.mask)];
            free.length == 0) {
          free = slot;
          placed = true;
        }
      if (!placed)
        std::swap(slot, table.slots[vdt_feed_slot_at(
                            hash, static_cast<std::uint32_t>(random() % VDT_FEED_SLOTS6), table.mask)]);
    }
    if (!placed) return false;
  }
  return true;
}

}  // namespace

FeedSlots feed_slots(const std::vector<FedPrefix>& prefixes) {
  FeedSlots table;
  const std::vector<std::uint8_t> lengths = lengths_of(prefixes);
  for (const std::uint8_t length : lengths) table.lengths.push_back(length_of(length));
  const std::vector<vdt_feed_slot6> all = named(keys_of(prefixes, lengths));
  std::random_device seed;
  std::mt19937 random(seed());
  // Two buckets of two slots each take 89 % before there is no way out; half of that is placed at once.
  for (auto buckets = static_cast<std::uint32_t>(std::bit_ceil(all.size() + 1));; buckets *= 2)
    for (int attempt = 0; attempt < 3; attempt++) {
      table.mask = buckets - 1;
      table.key = static_cast<std::uint32_t>(random()) | 1;
      if (place(all, table, random)) return table;
    }
}

}  // namespace vedette
