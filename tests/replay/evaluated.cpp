#include "tests/replay/evaluated.h"

#include <algorithm>

#include "abi/rules.h"

namespace vedette::tests {

namespace {

std::uint64_t units(const Rate& rate, const vdt_packet_core& core) {
  constexpr std::uint8_t kSyn = 0x02, kAck = 0x10;
  if (rate.unit == RateUnit::kBytes) return core.length;
  if (rate.unit == RateUnit::kSyns) return (core.tcp_flags & (kSyn | kAck)) == kSyn ? 1 : 0;
  return 1;
}

Prefix whole(const vdt_address& address, std::uint8_t ip_version) {
  return prefix_of(address, ip_version, Prefix::longest(ip_version));
}

// Whose rate it is.
Prefix counted_by(const Rate& rate, const vdt_packet_core& core) {
  const std::uint8_t version = core.key.ip_version;
  switch (rate.per) {
    case RatePer::kSource:
      return whole(core.key.src, version);
    case RatePer::kSourcePrefix:
      return prefix_of(core.key.src, version, version == 4 ? rate.prefix4 : rate.prefix6);
    case RatePer::kDestination:
    case RatePer::kDestinationPort:
      return whole(core.key.dst, version);
    default:
      return {};
  }
}

void drop_ended(std::vector<PolicySource>& list, std::uint64_t now_ns) {
  std::erase_if(list, [&](const PolicySource& one) {
    return one.ttl && static_cast<std::uint64_t>(one.ttl->count()) <= now_ns;
  });
}

}  // namespace

Evaluated::Evaluated(const Policy& policy) : policy_(policy), rules_alone_(policy) {
  rules_alone_.allow.clear();
  rules_alone_.block.clear();
}

bool Evaluated::is_over(const Rule& rule, std::size_t number, const vdt_packet_core& core,
                        std::uint64_t now_ns) {
  const Rate& rate = rule.rates[number];
  const std::uint64_t cost = std::max<std::uint64_t>(1, 1'000'000'000ULL * 1024 / rate.a_second);
  const std::uint64_t wanted = units(rate, core);
  // As fine as the kernel's cells.
  constexpr std::uint64_t kFine = 1024 >> VDT_RATE_TIME_BITS;
  const Time now = Time{now_ns} * 1024;
  if (wanted == 0) return false;
  const std::uint32_t port =
      rate.per == RatePer::kDestinationPort ? core.key.dst_port | std::uint32_t{core.key.protocol} << 16 : 0;
  Time& spent = rates_[{rule.name, number, counted_by(rate, core), port}];
  // What no frame spends is none's: captures that were damaged on purpose hold frames of gigabytes.
  const Time ahead = spent > now && spent - now <= VDT_RATE_AHEAD_MAX ? spent - now : 0;
  if (ahead > cost * (rate.burst - 1)) return true;
  spent = now + ahead + (cost * wanted + kFine - 1) / kFine * kFine;
  return false;
}

bool Evaluated::is_over(const Rule& rule, const vdt_packet_core& core, std::uint64_t now_ns) {
  bool over = false;
  for (std::size_t number = 0; number < rule.rates.size(); number++)
    over |= is_over(rule, number, core, now_ns);
  return over;
}

// Later fragments of IPv6 have the protocol of their first one.
void Evaluated::join_fragment(vdt_packet_core& core) {
  if (core.fragment == VDT_FRAGMENT_NONE || core.key.ip_version != 6) return;
  const DatagramKey key{whole(core.key.src, 6), whole(core.key.dst, 6), core.fragment_id, core.key.tunnel_id,
                        std::uint32_t{core.key.vlan[0]} << 16 | core.key.vlan[1]};
  if (core.fragment == VDT_FRAGMENT_FIRST) protocols_[key] = core.key.protocol;
  if (const auto known = protocols_.find(key); known != protocols_.end()) core.key.protocol = known->second;
}

bool Evaluated::drops(const vdt_packet& packet, std::string_view interface, std::uint64_t now_ns) {
  vdt_packet facts = packet;
  if (!(facts.core.facts & VDT_FACT_IP)) return false;
  drop_ended(policy_.allow, now_ns);
  drop_ended(policy_.block, now_ns);
  const PacketFacts before{.packet = facts, .interface = interface, .country = {}, .payload = {}};
  if (evaluate(policy_, before).by == DecidedBy::kBlock) return true;
  join_fragment(facts.core);
  const PacketFacts joined{.packet = facts, .interface = interface, .country = {}, .payload = {}};
  // A rate is spent by those who are allowed too.
  const Decision ruled = evaluate(rules_alone_, joined);
  bool over = false;
  for (const Rule* rule : ruled.observed)
    if (rule->verdict == RuleVerdict::kLimit) (void)is_over(*rule, facts.core, now_ns);
  if (ruled.rule && ruled.rule->verdict == RuleVerdict::kLimit)
    over = is_over(*ruled.rule, facts.core, now_ns);
  const Decision decided = evaluate(policy_, joined);
  return decided.drops() || (over && decided.by == DecidedBy::kRule);
}

}  // namespace vedette::tests
