// One hash and one comparison for a flow key and its reverse: a packet and the answer to it find the same
// flow without either key being turned round first.
#pragma once

#include <cstdint>
#include <cstring>

#include "abi/flow_key.h"

namespace vedette {

// Secrets of one table: an attacker who can't know them can't choose 5-tuples that collide.
struct HashSeed {
  std::uint64_t first;
  std::uint64_t second;
};

namespace detail {

__extension__ using Wide = unsigned __int128;

// Both halves of the product, folded (as in Wang Yi's wyhash).
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t word(const vdt_flow_key& key, std::size_t index) {
  std::uint64_t value;
  std::memcpy(&value, reinterpret_cast<const unsigned char*>(&key) + index * 8, 8);
  return value;
}

}  // namespace detail

// Equal for a key and its reverse.
inline std::uint64_t folded_hash(const vdt_flow_key& key, const HashSeed& seed) {
  using detail::mix;
  const std::uint64_t vlans = static_cast<std::uint64_t>(key.vlan[0]) << 16 | key.vlan[1];
  const std::uint64_t src =
      mix(key.src.halves[0] ^ seed.first,
          key.src.halves[1] ^ seed.second ^ static_cast<std::uint64_t>(key.src_port) << 20);
  const std::uint64_t dst =
      mix(key.dst.halves[0] ^ seed.first,
          key.dst.halves[1] ^ seed.second ^ static_cast<std::uint64_t>(key.dst_port) << 20);
  const std::uint64_t rest = detail::word(key, 5) ^ detail::word(key, 6) << 24 ^ vlans << 32;
  return mix((src + dst) ^ seed.second, rest ^ seed.first);
}

enum class KeyMatch { kNone, kSame, kReverse };

inline KeyMatch match_folded(const vdt_flow_key& kept, const vdt_flow_key& seen) {
  using detail::word;
  const std::uint64_t rest =
      (word(kept, 5) ^ word(seen, 5)) | (word(kept, 6) ^ word(seen, 6)) |
      static_cast<std::uint64_t>((kept.vlan[0] ^ seen.vlan[0]) | (kept.vlan[1] ^ seen.vlan[1]));
  const std::uint64_t same =
      (word(kept, 0) ^ word(seen, 0)) | (word(kept, 1) ^ word(seen, 1)) | (word(kept, 2) ^ word(seen, 2)) |
      (word(kept, 3) ^ word(seen, 3)) |
      static_cast<std::uint64_t>((kept.src_port ^ seen.src_port) | (kept.dst_port ^ seen.dst_port));
  if ((same | rest) == 0) return KeyMatch::kSame;
  const std::uint64_t reverse =
      (word(kept, 0) ^ word(seen, 2)) | (word(kept, 1) ^ word(seen, 3)) | (word(kept, 2) ^ word(seen, 0)) |
      (word(kept, 3) ^ word(seen, 1)) |
      static_cast<std::uint64_t>((kept.src_port ^ seen.dst_port) | (kept.dst_port ^ seen.src_port));
  return (reverse | rest) == 0 ? KeyMatch::kReverse : KeyMatch::kNone;
}

// The key as the other direction's packets have it.
inline vdt_flow_key reversed(const vdt_flow_key& key) {
  vdt_flow_key other = key;
  other.src = key.dst;
  other.dst = key.src;
  other.src_port = key.dst_port;
  other.dst_port = key.src_port;
  return other;
}

}  // namespace vedette
