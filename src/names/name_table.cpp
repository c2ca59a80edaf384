#include "names/name_table.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace vedette {

namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

bool NameTable::Key::operator==(const Key& other) const {
  return ip_version == other.ip_version && std::memcmp(&address, &other.address, sizeof(address)) == 0;
}

// Two multiplications, each folded to 64 bits.
std::size_t NameTable::Hash::operator()(const Key& key) const {
  const auto fold = [](std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2^64 / φ
  return fold(fold(key.address.halves[0] ^ seed, kOdd) ^ key.address.halves[1],
              (seed | 1) ^ key.ip_version << 1);
}

NameTable::NameTable(std::size_t most_addresses)
    : most_addresses_(most_addresses), by_address_(0, Hash{random_seed()}) {}

void NameTable::learn(std::span<const NamedAddress> answer, Nanoseconds time) {
  for (const NamedAddress& named : answer) learn(named, time);
}

void NameTable::learn(const NamedAddress& named, Nanoseconds time) {
  const Nanoseconds hold = std::clamp<Nanoseconds>(named.ttl, kShortestHold, kLongestHold);
  const Key key{.address = named.address, .ip_version = named.ip_version};
  if (const auto found = by_address_.find(key); found != by_address_.end()) {
    Entry& entry = *found->second;
    const bool goes_on = entry.name == named.name && time <= entry.until;
    if (!goes_on) entry.since = time;
    entry.name = named.name;
    entry.until = goes_on ? std::max(entry.until, time + hold) : time + hold;
    entries_.splice(entries_.end(), entries_, found->second);
    return;
  }
  entries_.push_back({.key = key, .name = named.name, .since = time, .until = time + hold});
  by_address_.emplace(key, std::prev(entries_.end()));
  if (entries_.size() <= most_addresses_) return;
  if (entries_.front().until >= time) given_up_++;
  by_address_.erase(entries_.front().key);
  entries_.pop_front();
}

std::string_view NameTable::find(const vdt_address& address, std::uint8_t ip_version,
                                 Nanoseconds time) const {
  if (entries_.empty()) return {};
  const auto found = by_address_.find({.address = address, .ip_version = ip_version});
  if (found == by_address_.end()) return {};
  const Entry& entry = *found->second;
  return time >= entry.since && time <= entry.until ? std::string_view(entry.name) : std::string_view();
}

}  // namespace vedette
