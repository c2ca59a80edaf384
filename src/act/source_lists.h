// The block-list and the allow-list as they are made by hand: `vedette block`, `allow`, `unblock`, `blocks`.
// What is in them lies in pinned kernel maps alone, so it decides, and ends in time, while no daemon runs.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "act/audit_trail.h"
#include "act/block_bits.h"
#include "act/lock_out.h"
#include "act/prefix_list.h"
#include "base/units.h"
#include "kernel/packet_programs.h"

namespace vedette {

enum class ListKind { kBlock, kAllow };

[[nodiscard]] std::string_view list_kind_name(ListKind kind);

// The entry's reason; valid as long as the entry.
[[nodiscard]] std::string_view list_reason(const vdt_listed& entry);

struct ListChange {
  ListKind kind = ListKind::kBlock;
  Prefix prefix;
  std::optional<Nanoseconds> ttl;          // from now on; nothing: without an end
  std::string reason;                      // UTF-8; cut to what an entry holds
  bool observe = false;                    // a block: count what it would have dropped
  bool force = false;                      // a block: also where it cuts off an untouchable
  std::optional<Prefix> operator_address;  // whoever asks, where that is known: untouchable too
  Actor by;
};

struct ListedSource {
  ListKind kind = ListKind::kBlock;
  Prefix prefix;
  vdt_listed entry{};
  std::optional<Nanoseconds> expires;  // since the epoch; nothing: it has no end
};

// Any thread.
class SourceLists {
 public:
  // Takes over what a dead daemon left. Both must outlive this; `audit` gets what comes, goes and ends, save
  // for the policy's entries; null: nobody does.
  [[nodiscard]] static Result<std::unique_ptr<SourceLists>> open(PacketPrograms& programs,
                                                                 AuditTrail* audit = nullptr);

  // Unusable where the block would cut off an untouchable and isn't forced; busy where the list is full.
  [[nodiscard]] Result<ListedSource> put(const ListChange& change);
  // Nothing where there is no such entry; unusable where it is the policy's.
  [[nodiscard]] Result<std::optional<ListedSource>> erase(ListKind kind, const Prefix& prefix,
                                                          const Actor& by = {});
  // Blocks first, each list in its prefixes' order, with the hits of this moment.
  [[nodiscard]] std::vector<ListedSource> all();
  // The entry that decides on the network's packets: of the allow-list the one that holds it, else of the
  // block-list one that enforces, else one that observes. Nothing where none holds it.
  [[nodiscard]] std::optional<ListedSource> find(const Prefix& prefix);
  // Adds a policy's entries to those of the policy before, and changes them. An entry that was made by hand
  // stays, and where it ends or goes, the policy's comes in its place. Nobody is untouchable here. Busy where
  // a list is full; then some are in place and others not.
  [[nodiscard]] Result<void> add_policy(const std::vector<ListChange>& entries);
  // Takes away the policy's entries that were not among those added last.
  [[nodiscard]] Result<void> end_former_policy();
  // Whether entries of a policy are in the lists.
  [[nodiscard]] bool has_policy();
  // Takes away what has ended: the kernel lets it decide no more anyhow.
  void expire();
  // Puts entries back as they were, hits and all; says which find no room.
  [[nodiscard]] Result<void> restore(const std::vector<ListedSource>& sources);
  // Feeds' bits, before (bpf/abi/lists.h): those of the feeds to come beside the present ones, then theirs
  // alone.
  void widen_bits(const BitWords& feeds);
  void set_feed_bits(BitWords feeds);
  // Whether entries came, changed or went since this was last asked.
  [[nodiscard]] bool changed();

 private:
  SourceLists(PacketPrograms& programs, AuditTrail* audit, PrefixList block, PrefixList allow, BlockBits bits)
      : programs_(programs),
        audit_(audit),
        block_(std::move(block)),
        allow_(std::move(allow)),
        bits_(std::move(bits)) {}

  [[nodiscard]] Result<void> refuse_lock_out(const ListChange& change);
  [[nodiscard]] std::optional<ListedSource> holding(ListKind kind, const Prefix& prefix,
                                                    std::uint32_t without_flags);
  // The bits and switches, after entries went.
  void follow();
  void follow_switches();
  [[nodiscard]] Result<bool> expire(ListKind kind, std::uint64_t now_ns);
  using Place = std::pair<ListKind, Prefix>;

  [[nodiscard]] bool made_by_hand(const Place& place);
  [[nodiscard]] Result<void> put_policys(const Place& place, vdt_listed entry);
  // Where entries made by hand have gone.
  void put_missing_policys(std::uint64_t now_ns);
  PrefixList& list(ListKind kind) { return kind == ListKind::kBlock ? block_ : allow_; }

  RecentUntouchables untouchables_;  // of blocks by findings
  std::mutex mutex_;
  PacketPrograms& programs_;
  AuditTrail* audit_;
  PrefixList block_;
  PrefixList allow_;
  BlockBits bits_;
  BitWords feed_bits_;
  std::map<Place, vdt_listed> policys_;  // as the policy wants them
  bool changed_ = false;
};

}  // namespace vedette
