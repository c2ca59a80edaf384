// What detectors remember of addresses, of which a flood may forge any number, in fixed memory: a key has
// eight places, chosen by its hash, and where all are taken the one that weighs least gives way. That is
// space-saving (Metwally et al. 2005) within sets of eight: who is busy stays, whatever number of others
// come once. A look-up reads one cache line of tags and, as a rule, one entry.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "abi/flow_key.h"
#include "detect/mixed_hash.h"

namespace vedette {

// An address and eight bytes more that tell two apart: IP version, port, another address's hash.
struct HeavyKey {
  vdt_address address{};
  std::uint64_t rest = 0;

  bool operator==(const HeavyKey& key) const {
    return address.halves[0] == key.address.halves[0] && address.halves[1] == key.address.halves[1] &&
           rest == key.rest;
  }
};

// `Value` has `std::uint64_t weight() const`.
template <typename Value>
class HeavyTable {
 public:
  struct Entry {
    HeavyKey key{};
    Value value{};
  };

  // Room for `entries`, a power of two of at least eight. Its memory is taken with the first entry.
  explicit HeavyTable(std::size_t entries) : mask_(entries / kWays - 1), seed_(std::random_device{}()) {}

  [[nodiscard]] Entry* find(const HeavyKey& key) {
    if (tags_.empty()) return nullptr;
    const std::uint64_t hash = hash_of(key);
    const std::size_t set = hash & mask_;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t way = 0; way < kWays; way++) {
      if (tags_[set][way] != tag) continue;
      Entry& entry = entries_[set * kWays + way];
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }

  // The entry of `key`; made in the place of the lightest of its set where there is none, which `parting`
  // gets before if it was taken.
  template <typename Parting>
  Entry& at(const HeavyKey& key, Parting&& parting) {
    if (Entry* found = find(key)) return *found;
    if (tags_.empty()) {
      tags_.resize(mask_ + 1);
      entries_.resize((mask_ + 1) * kWays);
    }
    const std::uint64_t hash = hash_of(key);
    const std::size_t set = hash & mask_;
    std::size_t lightest = 0;
    for (std::size_t way = 0; way < kWays; way++) {
      if (tags_[set][way] == 0) {
        lightest = way;
        break;
      }
      if (entries_[set * kWays + way].value.weight() < entries_[set * kWays + lightest].value.weight())
        lightest = way;
    }
    Entry& entry = entries_[set * kWays + lightest];
    if (tags_[set][lightest] != 0) parting(entry);
    tags_[set][lightest] = tag_of(hash);
    entry.key = key;
    entry.value = Value{};
    return entry;
  }
  Entry& at(const HeavyKey& key) {
    return at(key, [](const Entry&) {});
  }

  template <typename Visit>
  void for_each(Visit&& visit) {
    for (std::size_t set = 0; set < tags_.size(); set++)
      for (std::size_t way = 0; way < kWays; way++)
        if (tags_[set][way] != 0) visit(entries_[set * kWays + way]);
  }

  void clear() { std::ranges::fill(tags_, Tags{}); }

  [[nodiscard]] std::size_t memory() const {
    return tags_.size() * sizeof(Tags) + entries_.size() * sizeof(Entry);
  }

 private:
  static constexpr std::size_t kWays = 8;
  using Tags = std::array<std::uint32_t, kWays>;  // 0: the place is free

  [[nodiscard]] std::uint64_t hash_of(const HeavyKey& key) const {
    return mixed(key.address, seed_ ^ key.rest * 0x9e3779b97f4a7c15);
  }
  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32) | 1;
  }

  std::size_t mask_;
  std::uint64_t seed_;
  std::vector<Tags> tags_;
  std::vector<Entry> entries_;
};

}  // namespace vedette
