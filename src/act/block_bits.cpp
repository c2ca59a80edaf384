#include "act/block_bits.h"

#include <netinet/in.h>

namespace vedette {

namespace {

std::uint32_t switches_of(const Prefix& prefix) {
  if (prefix.ip_version == 4 || prefix.length >= VDT_BLOCK_BITS6_PREFIX) return VDT_LISTS_BLOCK;
  return VDT_LISTS_BLOCK |
         (prefix.length < VDT_BLOCK_BITS6_SHORTEST ? VDT_LISTS_SHORT_IPV6 : VDT_LISTS_WIDE_IPV6);
}

// Calls `set(bit)` for each of an entry's; the shortest IPv6 prefixes have none, as they'd have nearly all.
template <typename Set>
void for_each_bit(const Prefix& prefix, Set&& set) {
  if (prefix.ip_version == 4) {
    const std::uint32_t first = vdt_block_bit4(prefix.address.bytes);
    const std::uint32_t bits = prefix.length >= 24 ? 1 : 1U << (24 - prefix.length);
    for (std::uint32_t bit = first; bit < first + bits; bit++) set(bit);
    return;
  }
  if (prefix.length >= VDT_BLOCK_BITS6_PREFIX) return set(vdt_block_bit6(prefix.address.halves[0]));
  if (prefix.length < VDT_BLOCK_BITS6_SHORTEST) return;
  const std::uint32_t first = ntohl(prefix.address.words[0]);
  const std::uint32_t networks =
      prefix.length >= VDT_BLOCK_BITS6_WIDE ? 1 : 1U << (VDT_BLOCK_BITS6_WIDE - prefix.length);
  for (std::uint32_t network = first; network < first + networks; network++)
    set(vdt_block_bit6_wide(htonl(network)));
}

void write(const MappedArray& array, const std::vector<std::uint64_t>& words) {
  for (std::uint32_t at = 0; at < words.size(); at++)
    if (auto* word = array.at<std::uint64_t>(at); *word != words[at])
      __atomic_store_n(word, words[at], __ATOMIC_RELAXED);
}

void widen(const MappedArray& array, const std::vector<std::uint64_t>& words) {
  for (std::uint32_t at = 0; at < words.size(); at++)
    if (words[at] != 0) __atomic_fetch_or(array.at<std::uint64_t>(at), words[at], __ATOMIC_RELAXED);
}

}  // namespace

void BitWords::add(const Prefix& prefix) {
  switches |= switches_of(prefix);
  auto& words = prefix.ip_version == 4 ? ipv4 : ipv6;
  for_each_bit(prefix, [&](std::uint32_t bit) { words[bit / 64] |= std::uint64_t{1} << (bit % 64); });
}

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

void BlockBits::widen(const BitWords& words) {
  vedette::widen(ipv4_, words.ipv4);
  vedette::widen(ipv6_, words.ipv6);
}

void BlockBits::set_all(const BitWords& feeds, const std::map<Prefix, vdt_listed>& entries) {
  BitWords words = feeds;
  for (const auto& [prefix, entry] : entries) words.add(prefix);
  write(ipv4_, words.ipv4);
  write(ipv6_, words.ipv6);
}

std::uint32_t BlockBits::switches(const std::map<Prefix, vdt_listed>& entries) {
  std::uint32_t all = entries.empty() ? 0U : std::uint32_t{VDT_LISTS_BY_HAND};
  for (const auto& [prefix, entry] : entries) all |= switches_of(prefix);
  return all;
}

}  // namespace vedette
