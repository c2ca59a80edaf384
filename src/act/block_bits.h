// The maps of bits before the lists (bpf/abi/lists.h): no bit is 0 whose addresses an entry of the block-list
// or of a feed holds.
#pragma once

#include <map>
#include <vector>

#include "abi/lists.h"
#include "base/error.h"
#include "base/prefix.h"
#include "kernel/mapped_array.h"

namespace vedette {

// What some prefixes need.
struct BitWords {
  std::vector<std::uint64_t> ipv4 = std::vector<std::uint64_t>(VDT_BLOCK_BITS4 / 64);
  std::vector<std::uint64_t> ipv6 = std::vector<std::uint64_t>(VDT_BLOCK_BITS6 / 64);
  std::uint32_t switches = 0;  // enum vdt_lists: what packets must be asked about

  void add(const Prefix& prefix);
};

// One thread at a time; kernel programs read the bits meanwhile.
class BlockBits {
 public:
  // By the descriptors of the two arrays.
  [[nodiscard]] static Result<BlockBits> map(int ipv4, int ipv6);

  // For an entry that is about to come.
  void set(const Prefix& prefix);
  // For feeds that are about to come.
  void widen(const BitWords& words);
  // As these feeds and entries are, for some that have gone.
  void set_all(const BitWords& feeds, const std::map<Prefix, vdt_listed>& entries);
  // What packets must be asked about, for these entries of the block-list.
  [[nodiscard]] static std::uint32_t switches(const std::map<Prefix, vdt_listed>& entries);

 private:
  MappedArray ipv4_;
  MappedArray ipv6_;
};

}  // namespace vedette
