// What detectors remember of sources, whatever number of them a flood may forge: a table of at most so many
// entries, in two queues (as in Karedla, Love and Wherry's segmented LRU, 1994). What is new is on probation
// and gives way first, the longest unused before others; what has earned it (promote) gives way only where
// nothing is on probation. So a flood of sources that each come once evicts no source that has come again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <random>
#include <unordered_map>
#include <utility>

#include "abi/flow_key.h"
#include "detect/mixed_hash.h"

namespace vedette {

// An address and up to eight bytes more: another address's hash won't do, so `other` is a whole one.
struct PairKey {
  vdt_address source{};
  vdt_address other{};
  std::uint64_t rest = 0;  // IP version, protocol, port: whatever else tells two apart

  bool operator==(const PairKey& key) const {
    return source.halves[0] == key.source.halves[0] && source.halves[1] == key.source.halves[1] &&
           other.halves[0] == key.other.halves[0] && other.halves[1] == key.other.halves[1] &&
           rest == key.rest;
  }
};

template <typename Value>
class BoundedTable {
 public:
  explicit BoundedTable(std::size_t most) : most_(most), index_(0, Hash{std::random_device{}()}) {}

  [[nodiscard]] Value* find(const PairKey& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    touch(found->second);
    return &found->second->value;
  }

  // The entry of `key`, made where there is none. `made` says whether.
  Value& at(const PairKey& key, bool& made) {
    const auto found = index_.find(key);
    made = found == index_.end();
    if (!made) {
      touch(found->second);
      return found->second->value;
    }
    if (index_.size() == most_) {
      Queue& queue = probation_.empty() ? kept_ : probation_;
      index_.erase(queue.front().key);
      // Its memory serves the new one.
      if (&queue == &kept_)
        probation_.splice(probation_.end(), kept_, kept_.begin());
      else
        probation_.splice(probation_.end(), probation_, probation_.begin());
      probation_.back() = Entry{.key = key};
    } else {
      probation_.push_back({.key = key});
    }
    index_.emplace(key, std::prev(probation_.end()));
    return probation_.back().value;
  }

  // From now on only others that have earned it, or none, stand behind it.
  void promote(const PairKey& key) {
    const auto found = index_.find(key);
    if (found == index_.end() || found->second->kept) return;
    found->second->kept = true;
    kept_.splice(kept_.end(), probation_, found->second);
  }

  void erase(const PairKey& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    (found->second->kept ? kept_ : probation_).erase(found->second);
    index_.erase(found);
  }

  void for_each(const std::function<void(const PairKey&, Value&)>& visit) {
    for (Queue* queue : {&probation_, &kept_})
      for (Entry& entry : *queue) visit(entry.key, entry.value);
  }

  [[nodiscard]] std::size_t size() const { return index_.size(); }
  // Bytes, without what values hold elsewhere.
  [[nodiscard]] std::size_t memory() const {
    constexpr std::size_t kNode = sizeof(Entry) + 2 * sizeof(void*);
    constexpr std::size_t kIndexNode = sizeof(PairKey) + 3 * sizeof(void*);
    return index_.size() * (kNode + kIndexNode) + index_.bucket_count() * sizeof(void*);
  }

 private:
  struct Entry {
    PairKey key{};
    Value value{};
    bool kept = false;
  };
  using Queue = std::list<Entry>;  // the longest unused first
  struct Hash {
    std::uint64_t seed = 0;
    std::size_t operator()(const PairKey& key) const {
      const std::uint64_t source = detail::mix(key.source.halves[0] ^ seed, key.source.halves[1] ^ ~seed);
      const std::uint64_t other = detail::mix(key.other.halves[0] ^ source, key.other.halves[1] ^ seed);
      return detail::mix(key.rest ^ other ^ seed, 0x9e3779b97f4a7c15);
    }
  };

  void touch(typename Queue::iterator entry) {
    Queue& queue = entry->kept ? kept_ : probation_;
    queue.splice(queue.end(), queue, entry);
  }

  std::size_t most_;
  Queue probation_;
  Queue kept_;
  std::unordered_map<PairKey, typename Queue::iterator, Hash> index_;
};

}  // namespace vedette
