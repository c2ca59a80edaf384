// What detectors remember of hosts, names and flows, of which a flood may forge any number: a map of at most
// so many entries. A new one takes the place of the one that was unused longest.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace vedette {

template <typename Key, typename Value, typename Hash = std::hash<Key>>
class RecentMap {
 public:
  // `most` is above 0.
  explicit RecentMap(std::size_t most) : most_(most) {}

  // Null where there is none; what is found counts as used.
  [[nodiscard]] Value* find(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    queue_.splice(queue_.end(), queue_, found->second);
    return &found->second->second;
  }

  // The key's, made where there is none. Valid until the next call.
  [[nodiscard]] Value& at(const Key& key) {
    if (Value* known = find(key)) return *known;
    if (index_.size() == most_) {
      index_.erase(queue_.front().first);
      queue_.pop_front();
    }
    queue_.emplace_back(key, Value{});
    index_.emplace(key, std::prev(queue_.end()));
    return queue_.back().second;
  }

  void erase(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    queue_.erase(found->second);
    index_.erase(found);
  }

  [[nodiscard]] bool empty() const { return index_.empty(); }
  [[nodiscard]] std::size_t size() const { return index_.size(); }
  // Bytes, without what keys and values hold elsewhere.
  [[nodiscard]] std::size_t memory() const {
    constexpr std::size_t kEntry = sizeof(Key) + sizeof(Value) + 2 * sizeof(void*);
    constexpr std::size_t kIndexed = sizeof(Key) + 4 * sizeof(void*);
    return index_.size() * (kEntry + kIndexed) + index_.bucket_count() * sizeof(void*);
  }

 private:
  using Queue = std::list<std::pair<Key, Value>>;  // the one unused longest first

  std::size_t most_;
  Queue queue_;
  std::unordered_map<Key, typename Queue::iterator, Hash> index_;
};

}  // namespace vedette
