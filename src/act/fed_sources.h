// What feeds block, all of it at once: swapped as a whole, hits carried over, pinned for a successor.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "act/feed_table.h"
#include "act/source_lists.h"
#include "kernel/packet_programs.h"

namespace vedette {

// An entry, and the names of the feeds that have it.
struct FedSource {
  FedPrefix entry;
  std::vector<std::string> feeds;
};

// Any thread.
class FedSources {
 public:
  // Takes over what a dead daemon left. Both must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<FedSources>> open(PacketPrograms& programs, SourceLists& lists);

  // From the next packet on these are what feeds block. `prefixes`: any order, bits of `feeds` in each.
  [[nodiscard]] Result<void> swap(std::vector<FedPrefix> prefixes, const std::vector<std::string>& feeds);

  [[nodiscard]] std::size_t size() const;
  // In the prefixes' order.
  [[nodiscard]] std::vector<FedSource> page(std::size_t first, std::size_t most) const;
  // The entries that hold a prefix, the widest first.
  [[nodiscard]] std::vector<FedSource> that_hold(const Prefix& prefix) const;
  // Of all entries that each feed has or had; an entry of several feeds' counts for each.
  [[nodiscard]] std::map<std::string, FedHits> hits() const;

 private:
  FedSources(PacketPrograms& programs, SourceLists& lists, int map);

  [[nodiscard]] Result<void> take_over();
  [[nodiscard]] Result<void> put(const std::optional<FeedTable>& table);
  [[nodiscard]] FedSource source(std::size_t number) const;
  [[nodiscard]] std::vector<std::string> names(std::uint64_t feeds) const;
  void remember(const FedPrefix& gone);

  mutable std::mutex mutex_;
  PacketPrograms& programs_;
  SourceLists& lists_;
  int map_;  // the programs'
  std::optional<FeedTable> table_;
  std::map<std::string, FedHits> gone_;  // hits of entries that are no more
};

}  // namespace vedette
