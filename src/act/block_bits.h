// The maps of bits before the block-list's tries (bpf/abi/lists.h): no bit is 0 whose addresses an entry
// holds.
#pragma once

#include <map>

#include "abi/lists.h"
#include "base/error.h"
#include "base/prefix.h"
#include "kernel/mapped_array.h"

namespace vedette {

// One thread at a time; kernel programs read the bits meanwhile.
class BlockBits {
 public:
  // By the descriptors of the two arrays.
  [[nodiscard]] static Result<BlockBits> map(int ipv4, int ipv6);

  // For an entry that is about to come.
  void set(const Prefix& prefix);
  // As the entries are, for some that have gone.
  void set_all(const std::map<Prefix, vdt_listed>& entries);
  // What the packet programs must ask, for these entries: enum vdt_lists.
  [[nodiscard]] static std::uint32_t switches(const std::map<Prefix, vdt_listed>& entries);

 private:
  MappedArray ipv4_;
  MappedArray ipv6_;
};

}  // namespace vedette
