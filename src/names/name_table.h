// Names of addresses, as name servers gave them to those who asked: what a flow's ends are called. Stands
// behind the decoders, whose answers it learns from, and before whatever tells flows.
//
// An address is called by the name of the latest answer that gave it; who asked doesn't matter. A name holds
// for its TTL, but at least kShortestHold, since programs go on using what they have looked up, and at most
// kLongestHold. At most so many addresses are kept: the one that was learned longest ago gives way and is
// counted. Time is the packets' own. One thread.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/units.h"
#include "decode/named_address.h"

namespace vedette {

inline constexpr Nanoseconds kShortestHold = std::chrono::minutes(1);
inline constexpr Nanoseconds kLongestHold = std::chrono::hours(24);

class NameTable {
 public:
  static constexpr std::size_t kAddresses = 65536;  // some 12 MiB of names of usual length

  explicit NameTable(std::size_t most_addresses = kAddresses);
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;

  // Of an answer that came at `time`.
  void learn(std::span<const NamedAddress> answer, Nanoseconds time);

  // What the address was called at `time`, best the moment when its flow began; empty where nobody said.
  // Holds until learn() is called again.
  [[nodiscard]] std::string_view find(const vdt_address& address, std::uint8_t ip_version,
                                      Nanoseconds time) const;

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // Addresses that gave way to others before their time.
  [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

 private:
  struct Key {
    vdt_address address{};
    std::uint8_t ip_version = 0;
    bool operator==(const Key& other) const;
  };
  // Seeded, so that nobody who answers can make many addresses fall together.
  struct Hash {
    std::uint64_t seed;
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    Key key;
    std::string name;
    Nanoseconds since{}, until{};
  };
  using Entries = std::list<Entry>;  // learned longest ago first

  void learn(const NamedAddress& named, Nanoseconds time);

  std::size_t most_addresses_;
  Entries entries_;
  std::unordered_map<Key, Entries::iterator, Hash> by_address_;
  std::uint64_t given_up_ = 0;
};

}  // namespace vedette
