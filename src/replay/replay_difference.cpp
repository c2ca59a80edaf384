#include "replay/replay_difference.h"

#include <algorithm>

#include "base/json_writer.h"
#include "packet/packet_json.h"

namespace vedette {

namespace {

constexpr std::size_t kFlowsKept = 1U << 15;

}  // namespace

Fate fate_of(const Policy& policy, const DryRunOutcome& outcome) {
  Fate fate{.verdict = outcome.dropped ? "drop" : "pass", .by = outcome.by, .number = outcome.number};
  if (outcome.by != DecidedBy::kRule) return fate;
  const RuleVerdict verdict = policy.rules[outcome.number].verdict;
  if (verdict == RuleVerdict::kReject) fate.verdict = "reject";
  if (verdict == RuleVerdict::kRedirect) fate.verdict = "redirect";
  return fate;
}

std::string_view decided_by_name(DecidedBy by) {
  constexpr std::string_view kNames[] = {"", "allow", "block", "rule", "protocol"};
  return kNames[static_cast<std::size_t>(by)];
}

std::string fate_name(const Policy& policy, const Fate& fate) {
  switch (fate.by) {
    case DecidedBy::kAllow:
      return prefix_text(policy.allow[fate.number].prefix);
    case DecidedBy::kBlock:
      return prefix_text(policy.block[fate.number].prefix);
    case DecidedBy::kRule:
      return policy.rules[fate.number].name;
    case DecidedBy::kProtocol:
      return policy.protocols[fate.number].name;
    default:
      return {};
  }
}

ReplayDifference::ReplayDifference(std::size_t examples) : examples_(examples), flows_(kFlowsKept) {}

void ReplayDifference::add(const Packet& packet, const Fate& was, const Fate& is) {
  const vdt_packet_core& core = packet.facts->core;
  if (was.verdict == is.verdict) return unchanged_.add(core.length);
  changed_.add(core.length);
  auto [found, made] = changes_.try_emplace({was, is});
  Numbered& numbered = found->second;
  if (made)
    numbered = {.number = static_cast<std::uint32_t>(changes_.size()), .change = {.was = was, .is = is}};
  numbered.change.count.add(core.length);
  if (numbered.change.examples.size() < examples_) keep_example(numbered.change, packet);
  sources_.add(numbered.number, core, is.verdict != "pass");
  add_flow(numbered.number, core);
}

void ReplayDifference::keep_example(ReplayChange& change, const Packet& packet) const {
  fmt::memory_buffer line;
  JsonWriter json(line);
  write_packet(json, packet);
  change.examples.emplace_back(line.data(), line.size());
}

void ReplayDifference::add_flow(std::uint32_t number, const vdt_packet_core& core) {
  const std::uint64_t rest = folded_hash(core.key, {.first = 0x9e3779b97f4a7c15, .second = number});
  CountedFlow& flow = flows_.at({.address = core.key.src, .rest = rest}).value;
  flow.key = core.key;
  flow.change = number;
  flow.count.add(core.length);
}

std::vector<const ReplayChange*> ReplayDifference::changes() const {
  std::vector<const ReplayChange*> all;
  for (const auto& [fates, numbered] : changes_) all.push_back(&numbered.change);
  std::ranges::stable_sort(all, std::greater(), [](const ReplayChange* one) { return one->count.packets; });
  return all;
}

std::uint32_t ReplayDifference::number_of(const ReplayChange& change) const {
  return changes_.at({change.was, change.is}).number;
}

std::span<const BusySource> ReplayDifference::sources(const ReplayChange& change, std::size_t most) {
  return sources_.of(number_of(change), most);
}

std::vector<BusyFlow> ReplayDifference::flows(const ReplayChange& change, std::size_t most) {
  const std::uint32_t number = number_of(change);
  std::vector<BusyFlow> found;
  flows_.for_each([&](const auto& entry) {
    if (entry.value.change == number) found.push_back({.key = entry.value.key, .count = entry.value.count});
  });
  std::ranges::stable_sort(found, std::greater(), [](const BusyFlow& flow) { return flow.count.packets; });
  if (found.size() > most) found.resize(most);
  return found;
}

}  // namespace vedette
