#include "replay/replay_tally.h"

#include <algorithm>

namespace vedette {

namespace {

template <std::size_t N>
ReplayCount sum_of(const std::array<ReplayCount, N>& counts) {
  ReplayCount sum;
  for (const ReplayCount& one : counts) sum.add(one);
  return sum;
}

}  // namespace

#define VEDETTE_AS_NAME(enumerator, name, meaning) name,
#define VEDETTE_AS_MEANING(enumerator, name, meaning) meaning,
std::string_view passed_by_name(PassedBy way) {
  constexpr std::string_view kNames[] = {VEDETTE_PASSED_LIST(VEDETTE_AS_NAME)};
  return kNames[static_cast<std::size_t>(way)];
}

std::string_view passed_by_meaning(PassedBy way) {
  constexpr std::string_view kMeanings[] = {VEDETTE_PASSED_LIST(VEDETTE_AS_MEANING)};
  return kMeanings[static_cast<std::size_t>(way)];
}

std::string_view dropped_by_name(DroppedBy way) {
  constexpr std::string_view kNames[] = {VEDETTE_DROPPED_LIST(VEDETTE_AS_NAME)};
  return kNames[static_cast<std::size_t>(way)];
}

std::string_view dropped_by_meaning(DroppedBy way) {
  constexpr std::string_view kMeanings[] = {VEDETTE_DROPPED_LIST(VEDETTE_AS_MEANING)};
  return kMeanings[static_cast<std::size_t>(way)];
}
#undef VEDETTE_AS_NAME
#undef VEDETTE_AS_MEANING

ReplayTally::ReplayTally(const Policy& policy)
    : policy_(policy),
      rules_(policy.rules.size()),
      blocks_(policy.block.size()),
      allows_(policy.allow.size()),
      protocols_(policy.protocols.size()) {}

void ReplayTally::see(Nanoseconds time, const vdt_packet_core& core) {
  seen_.add(core.length);
  first_ = std::min(first_, time);
  last_ = std::max(last_, time);
}

void ReplayTally::add_row(Row& row, std::size_t group, const vdt_packet_core& core, bool dropped,
                          bool spared) {
  row.taken.add(core.length);
  if (dropped) row.dropped.add(core.length);
  if (spared) row.spared.add(core.length);
  sources_.add(static_cast<std::uint32_t>(group), core, dropped);
}

PassedBy ReplayTally::passed_by(const vdt_packet_core& core, const DryRunOutcome& outcome) const {
  if (!(core.facts & VDT_FACT_IP)) return PassedBy::kNotIp;
  if (outcome.by == DecidedBy::kAllow) return PassedBy::kAllow;
  if (outcome.by != DecidedBy::kRule) return PassedBy::kNothing;
  return policy_.rules[outcome.number].verdict == RuleVerdict::kLimit ? PassedBy::kLimit : PassedBy::kRule;
}

DroppedBy ReplayTally::dropped_by(const DryRunOutcome& outcome) const {
  if (outcome.by == DecidedBy::kProtocol) return DroppedBy::kProtocol;
  if (outcome.by != DecidedBy::kRule) return DroppedBy::kBlock;
  return policy_.rules[outcome.number].verdict == RuleVerdict::kLimit ? DroppedBy::kLimit : DroppedBy::kRule;
}

void ReplayTally::add(Nanoseconds time, const vdt_packet_core& core, const DryRunOutcome& outcome) {
  see(time, core);
  if (outcome.dropped)
    dropped_[static_cast<std::size_t>(dropped_by(outcome))].add(core.length);
  else
    passed_[static_cast<std::size_t>(passed_by(core, outcome))].add(core.length);
  for (const TakenBy& one : outcome.taken) {
    const bool spared = outcome.spared_from_rule && &one == &outcome.taken.back();
    add_row(rules_[one.rule], one.rule, core, one.drops, spared);
  }
  if (outcome.by == DecidedBy::kBlock)
    add_row(blocks_[outcome.number], rules_.size() + outcome.number, core, true, false);
  if (outcome.by == DecidedBy::kAllow)
    add_row(allows_[outcome.number], rules_.size() + blocks_.size() + outcome.number, core, false, true);
  if (outcome.by == DecidedBy::kProtocol)
    add_row(protocols_[outcome.number], rules_.size() + blocks_.size() + allows_.size() + outcome.number,
            core, true, false);
}

void ReplayTally::add(Nanoseconds time, const vdt_packet_core& core, Undecided why) {
  see(time, core);
  undecided_[static_cast<std::size_t>(why)].add(core.length);
}

std::span<const BusySource> ReplayTally::rule_sources(std::size_t number, std::size_t most) {
  return sources_.of(static_cast<std::uint32_t>(number), most);
}

std::span<const BusySource> ReplayTally::block_sources(std::size_t number, std::size_t most) {
  return rule_sources(rules_.size() + number, most);
}

std::span<const BusySource> ReplayTally::allow_sources(std::size_t number, std::size_t most) {
  return block_sources(blocks_.size() + number, most);
}

std::span<const BusySource> ReplayTally::protocol_sources(std::size_t number, std::size_t most) {
  return allow_sources(allows_.size() + number, most);
}

ReplayCount ReplayTally::passed() const {
  return sum_of(passed_);
}

ReplayCount ReplayTally::dropped() const {
  return sum_of(dropped_);
}

ReplayCount ReplayTally::undecided() const {
  return sum_of(undecided_);
}

}  // namespace vedette
