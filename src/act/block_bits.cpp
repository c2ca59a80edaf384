#include "act/block_bits.h"

#include <algorithm>
#include <vector>

namespace vedette {

namespace {

using Words = std::vector<std::uint64_t>;

bool is_short(const Prefix& prefix) {
  return prefix.ip_version == 6 && prefix.length < VDT_BLOCK_BITS6_PREFIX;
}

// Calls `set(bit)` for each of an entry's; short IPv6 prefixes have none, as they'd have nearly all.
template <typename Set>
void for_each_bit(const Prefix& prefix, Set&& set) {
  if (is_short(prefix)) return;
  if (prefix.ip_version == 6) return set(vdt_block_bit6(prefix.address.halves[0]));
  const std::uint32_t first = vdt_block_bit4(prefix.address.bytes);
  const std::uint32_t bits = prefix.length >= 24 ? 1 : 1U << (24 - prefix.length);
  for (std::uint32_t bit = first; bit < first + bits; bit++) set(bit);
}

void write(const MappedArray& array, const Words& words) {
  for (std::uint32_t at = 0; at < words.size(); at++)
    if (auto* word = array.at<std::uint64_t>(at); *word != words[at])
      __atomic_store_n(word, words[at], __ATOMIC_RELAXED);
}

}  // namespace

Result<BlockBits> BlockBits::map(int ipv4, int ipv6) {
  auto four = MappedArray::map(ipv4, sizeof(std::uint64_t));
  if (!four) return std::unexpected(four.error());
  auto six = MappedArray::map(ipv6, sizeof(std::uint64_t));
  if (!six) return std::unexpected(six.error());
  BlockBits bits;
  bits.ipv4_ = std::move(*four);
  bits.ipv6_ = std::move(*six);
  return bits;
}

void BlockBits::set(const Prefix& prefix) {
  const MappedArray& array = prefix.ip_version == 4 ? ipv4_ : ipv6_;
  for_each_bit(prefix, [&](std::uint32_t bit) {
    __atomic_fetch_or(array.at<std::uint64_t>(bit / 64), std::uint64_t{1} << (bit % 64), __ATOMIC_RELAXED);
  });
}

void BlockBits::set_all(const std::map<Prefix, vdt_listed>& entries) {
  Words four(ipv4_.entries()), six(ipv6_.entries());
  for (const auto& [prefix, entry] : entries) {
    Words& words = prefix.ip_version == 4 ? four : six;
    for_each_bit(prefix, [&](std::uint32_t bit) { words[bit / 64] |= std::uint64_t{1} << (bit % 64); });
  }
  write(ipv4_, four);
  write(ipv6_, six);
}

std::uint32_t BlockBits::switches(const std::map<Prefix, vdt_listed>& entries) {
  if (entries.empty()) return 0;
  const bool any_short =
      std::ranges::any_of(entries, [](const auto& entry) { return is_short(entry.first); });
  return VDT_LISTS_BLOCK | (any_short ? VDT_LISTS_SHORT_IPV6 : 0);
}

}  // namespace vedette
