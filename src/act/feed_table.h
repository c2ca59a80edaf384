// What all feeds block, as the kernel has it: one array that is made, filled and then swapped for the one
// before (bpf/abi/feeds.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "act/block_bits.h"
#include "act/fed_prefix.h"
#include "base/error.h"
#include "base/file_descriptor.h"
#include "kernel/mapped_array.h"

namespace vedette {

struct FedHits {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// One thread at a time; kernel programs count in the entries meanwhile.
class FeedTable {
 public:
  // In an array of its own, not yet in any packet's way. `prefixes`: in their order, each once; `feeds`: the
  // names of their bits.
  [[nodiscard]] static Result<FeedTable> make(const std::vector<FedPrefix>& prefixes,
                                              const std::vector<std::string>& feeds);
  // The one that packets ask, of a map of maps, as it is pinned in the folder; nothing where there is none.
  [[nodiscard]] static Result<std::optional<FeedTable>> of(int map, const std::filesystem::path& pins);

  // From now on packets ask this one: when this returns, none asks another any more.
  [[nodiscard]] Result<void> put_into(int map, const std::filesystem::path& pins) const;
  // From now on packets ask none.
  [[nodiscard]] static Result<void> take_out_of(int map, const std::filesystem::path& pins);

  [[nodiscard]] std::size_t size() const { return entries4_ + entries6_; }
  // In the prefixes' order, with the hits of this moment.
  [[nodiscard]] FedPrefix at(std::size_t number) const;
  [[nodiscard]] Prefix prefix(std::size_t number) const;
  // The entries that hold a prefix, the widest first.
  [[nodiscard]] std::vector<std::size_t> that_hold(const Prefix& prefix) const;
  // Where the prefix's own entry is; size() where it has none.
  [[nodiscard]] std::size_t find(const Prefix& prefix) const;
  void add_hits(std::size_t number, std::uint64_t packets, std::uint64_t bytes);
  // Names of the bits of FedPrefix::feeds.
  [[nodiscard]] const std::vector<std::string>& feeds() const { return names_; }
  // What its prefixes need.
  [[nodiscard]] BitWords bits() const;

 private:
  FeedTable() = default;

  [[nodiscard]] static Result<FeedTable> over(FileDescriptor map);
  [[nodiscard]] vdt_feed_entry* entry(std::size_t number) const;
  template <typename Part>
  [[nodiscard]] Part* part(std::uint32_t line, std::size_t at = 0) const {
    return lines_.at<Part>(line) + at;
  }

  FileDescriptor map_;
  MappedArray lines_;
  std::size_t entries4_ = 0;
  std::size_t entries6_ = 0;
  std::vector<std::string> names_;
};

}  // namespace vedette
