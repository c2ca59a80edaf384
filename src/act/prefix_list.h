// One of the kernel's lists of sources (bpf/abi/lists.h): its entries, and the rule that one which ends or
// only observes opens no hole in a wider one that doesn't.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "abi/lists.h"
#include "base/error.h"
#include "base/prefix.h"

namespace vedette {

// One thread at a time; kernel programs count in the entries meanwhile.
class PrefixList {
 public:
  // By the descriptors of its two tries, which stay the caller's. What is in them already is taken over.
  [[nodiscard]] static Result<PrefixList> open(int ipv4, int ipv6);

  // Adds an entry, or changes it and keeps its hits. Busy where the list is full.
  [[nodiscard]] Result<void> put(const Prefix& prefix, vdt_listed entry);
  // False where there is no such entry.
  [[nodiscard]] Result<bool> erase(const Prefix& prefix);
  // Takes away what has ended. `now_ns`: CLOCK_MONOTONIC. True where something had.
  [[nodiscard]] Result<bool> expire(std::uint64_t now_ns);
  // What that would be.
  [[nodiscard]] std::vector<Prefix> ended(std::uint64_t now_ns) const;

  // All entries; their hits are those of the last call of count().
  [[nodiscard]] const std::map<Prefix, vdt_listed>& entries() const { return entries_; }
  // Reads the hits.
  void count();

 private:
  PrefixList(int ipv4, int ipv6) : ipv4_(ipv4), ipv6_(ipv6) {}

  [[nodiscard]] int trie(std::uint8_t ip_version) const { return ip_version == 4 ? ipv4_ : ipv6_; }
  [[nodiscard]] Result<void> take_over(std::uint8_t ip_version);
  [[nodiscard]] bool read(const Prefix& prefix, vdt_listed& entry) const;
  [[nodiscard]] Result<void> write(const Prefix& prefix, const vdt_listed& entry) const;
  // With its ends joined to those of all that hold it.
  [[nodiscard]] vdt_listed joined(const Prefix& prefix) const;
  // The ends of all that lies within, after `prefix` came, changed or went.
  [[nodiscard]] Result<void> renew_ends(const Prefix& prefix);

  int ipv4_;
  int ipv6_;
  std::map<Prefix, vdt_listed> entries_;
};

}  // namespace vedette
