// What becomes of the same packets under one policy and under another: who would be let in that was dropped,
// and the reverse, by what, and for example which packets.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "packet/packet.h"
#include "policy/policy.h"
#include "replay/busy_sources.h"
#include "replay/dry_run.h"

namespace vedette {

// What became of a packet, and by what.
struct Fate {
  std::string_view verdict;  // "pass", "drop", "reject", "redirect"
  DecidedBy by = DecidedBy::kNothing;
  std::uint32_t number = 0;  // DryRunOutcome's
  auto operator<=>(const Fate&) const = default;
};

[[nodiscard]] Fate fate_of(const Policy& policy, const DryRunOutcome& outcome);
// "rule", "protocol", "block", "allow"; empty where nothing decided.
[[nodiscard]] std::string_view decided_by_name(DecidedBy by);
// Of the rule, or the entry's prefix; empty where nothing decided.
[[nodiscard]] std::string fate_name(const Policy& policy, const Fate& fate);

struct BusyFlow {
  vdt_flow_key key{};  // of the packets that changed
  ReplayCount count;
};

struct ReplayChange {
  Fate was;
  Fate is;
  ReplayCount count{};
  std::vector<std::string> examples{};  // the first packets' JSON objects
};

// One thread.
class ReplayDifference {
 public:
  // Of each change so many first packets are kept.
  explicit ReplayDifference(std::size_t examples);

  void add(const Packet& packet, const Fate& was, const Fate& is);

  // Packets whose verdict changed, or didn't.
  [[nodiscard]] const ReplayCount& changed() const { return changed_; }
  [[nodiscard]] const ReplayCount& unchanged() const { return unchanged_; }
  // The most packets first.
  [[nodiscard]] std::vector<const ReplayChange*> changes() const;
  // The busiest of a change.
  [[nodiscard]] std::span<const BusySource> sources(const ReplayChange& change, std::size_t most);
  [[nodiscard]] std::vector<BusyFlow> flows(const ReplayChange& change, std::size_t most);

 private:
  struct Numbered {
    std::uint32_t number = 0;
    ReplayChange change;
  };
  struct CountedFlow {
    vdt_flow_key key{};
    std::uint32_t change = 0;
    ReplayCount count;
    [[nodiscard]] std::uint64_t weight() const { return count.packets; }
  };

  void keep_example(ReplayChange& change, const Packet& packet) const;
  void add_flow(std::uint32_t number, const vdt_packet_core& core);
  [[nodiscard]] std::uint32_t number_of(const ReplayChange& change) const;

  std::size_t examples_;
  std::map<std::pair<Fate, Fate>, Numbered> changes_;
  BusySources sources_;            // groups: changes
  HeavyTable<CountedFlow> flows_;  // by source, and a hash of the rest with the change's number
  ReplayCount changed_;
  ReplayCount unchanged_;
};

}  // namespace vedette
