#include "act/flood_limit.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr std::size_t kLeast = 100;       // packets of the attack
constexpr std::size_t kOfEachSource = 4;  // packets on average: forged sources send one
// What a browser opens at once, and a monitor asks in a second, is less.
constexpr std::uint64_t kASecond = 20, kBurst = 50;
constexpr double kNearlyAll = 0.98;

std::size_t sources_of(std::span<const SampledPacket> packets) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> sources;
  for (const SampledPacket& one : packets)
    sources.emplace(one.packet.core.key.src.halves[0], one.packet.core.key.src.halves[1]);
  return sources.size();
}

// The value that most have, and how many.
template <typename Value>
std::pair<std::uint16_t, std::size_t> most_common(std::span<const SampledPacket> packets, Value value_of) {
  std::map<std::uint16_t, std::size_t> counts;
  for (const SampledPacket& one : packets) counts[value_of(one.packet.core)]++;
  return *std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
}

}  // namespace

std::optional<Rule> flood_limit(const Finding& flood, std::span<const SampledPacket> attack) {
  if (!flood.target || attack.size() < kLeast) return {};
  if (sources_of(attack) * kOfEachSource > attack.size()) return {};
  const auto protocol = most_common(attack, [](const vdt_packet_core& core) -> std::uint16_t {
                          return core.key.protocol;
                        }).first;
  const auto [port, to_port] =
      most_common(attack, [](const vdt_packet_core& core) { return core.key.dst_port; });
  const bool icmp = protocol == VDT_IP_ICMP || protocol == VDT_IP_ICMPV6;
  Rule rule;
  rule.match.destination = {*flood.target};
  rule.match.protocol = {static_cast<std::uint8_t>(protocol)};
  if (port != 0 && static_cast<double>(to_port) >= kNearlyAll * static_cast<double>(attack.size()))
    rule.match.destination_port = {{port, port}};
  rule.verdict = RuleVerdict::kLimit;
  rule.rates = {{.unit = icmp ? RateUnit::kPackets : RateUnit::kFlows,
                 .per = RatePer::kSource,
                 .a_second = kASecond,
                 .burst = kBurst}};
  return rule;
}

}  // namespace vedette
