// What became of a dry run's packets, in figures that balance: each packet passed, was dropped, or wasn't
// decided on, and stands once in one of the tables of that.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "policy/policy.h"
#include "replay/busy_sources.h"
#include "replay/dry_run.h"
#include "replay/replay_frame.h"

namespace vedette {

// X(enumerator, name in JSON, meaning)
#define VEDETTE_PASSED_LIST(X)                                                \
  X(kNotIp, "not_ip", "no IP header, of which policies say nothing")          \
  X(kNothing, "nothing", "of which the policy says nothing")                  \
  X(kAllow, "allow", "kept from being dropped, as their sources are allowed") \
  X(kRule, "rule", "let pass by a rule")                                      \
  X(kLimit, "limit", "within a rule's rates")
#define VEDETTE_DROPPED_LIST(X)              \
  X(kBlock, "block", "from blocked sources") \
  X(kRule, "rule", "by a rule")              \
  X(kLimit, "limit", "over a rule's rates")  \
  X(kProtocol, "protocol", "of connections that the protocol policy refuses")

#define VEDETTE_AS_WAY(enumerator, name, meaning) enumerator,
enum class PassedBy : std::uint8_t { VEDETTE_PASSED_LIST(VEDETTE_AS_WAY) kCount };
enum class DroppedBy : std::uint8_t { VEDETTE_DROPPED_LIST(VEDETTE_AS_WAY) kCount };
#undef VEDETTE_AS_WAY

[[nodiscard]] std::string_view passed_by_name(PassedBy way);
[[nodiscard]] std::string_view passed_by_meaning(PassedBy way);
[[nodiscard]] std::string_view dropped_by_name(DroppedBy way);
[[nodiscard]] std::string_view dropped_by_meaning(DroppedBy way);

// One thread.
class ReplayTally {
 public:
  explicit ReplayTally(const Policy& policy);  // which outlives this

  void add(Nanoseconds time, const vdt_packet_core& core, const DryRunOutcome& outcome);
  void add(Nanoseconds time, const vdt_packet_core& core, Undecided why);

  struct Row {
    ReplayCount taken;    // decided on, or counted where it only observes
    ReplayCount dropped;  // of these, or would have been
    ReplayCount spared;   // of these, would have been but for the allow-list
  };
  // In the policy's order.
  [[nodiscard]] const std::vector<Row>& rules() const { return rules_; }
  [[nodiscard]] const std::vector<Row>& blocks() const { return blocks_; }
  [[nodiscard]] const std::vector<Row>& allows() const { return allows_; }
  // What they dropped, alone.
  [[nodiscard]] const std::vector<Row>& protocols() const { return protocols_; }
  // The busiest of whom a rule, block, allow or entry of the protocol policy decided on.
  [[nodiscard]] std::span<const BusySource> rule_sources(std::size_t number, std::size_t most);
  [[nodiscard]] std::span<const BusySource> block_sources(std::size_t number, std::size_t most);
  [[nodiscard]] std::span<const BusySource> allow_sources(std::size_t number, std::size_t most);
  [[nodiscard]] std::span<const BusySource> protocol_sources(std::size_t number, std::size_t most);

  [[nodiscard]] const ReplayCount& seen() const { return seen_; }
  [[nodiscard]] const ReplayCount& of(PassedBy way) const { return passed_[static_cast<std::size_t>(way)]; }
  [[nodiscard]] const ReplayCount& of(DroppedBy way) const { return dropped_[static_cast<std::size_t>(way)]; }
  [[nodiscard]] const ReplayCount& of(Undecided why) const {
    return undecided_[static_cast<std::size_t>(why)];
  }
  [[nodiscard]] ReplayCount passed() const;
  [[nodiscard]] ReplayCount dropped() const;
  [[nodiscard]] ReplayCount undecided() const;
  // Of all packets; where there are any.
  [[nodiscard]] Nanoseconds first() const { return first_; }
  [[nodiscard]] Nanoseconds last() const { return last_; }
  [[nodiscard]] std::uint64_t sources_given_up() const { return sources_.given_up(); }

 private:
  void see(Nanoseconds time, const vdt_packet_core& core);
  void add_row(Row& row, std::size_t group, const vdt_packet_core& core, bool dropped, bool spared);
  [[nodiscard]] PassedBy passed_by(const vdt_packet_core& core, const DryRunOutcome& outcome) const;
  [[nodiscard]] DroppedBy dropped_by(const DryRunOutcome& outcome) const;

  const Policy& policy_;
  std::vector<Row> rules_;
  std::vector<Row> blocks_;
  std::vector<Row> allows_;
  std::vector<Row> protocols_;
  BusySources sources_;  // groups: rules, then blocks, then allows, then protocols
  ReplayCount seen_;
  std::array<ReplayCount, static_cast<std::size_t>(PassedBy::kCount)> passed_{};
  std::array<ReplayCount, static_cast<std::size_t>(DroppedBy::kCount)> dropped_{};
  std::array<ReplayCount, static_cast<std::size_t>(Undecided::kCount)> undecided_{};
  Nanoseconds first_ = Nanoseconds::max();
  Nanoseconds last_ = Nanoseconds::min();
};

}  // namespace vedette
