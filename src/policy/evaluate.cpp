#include "policy/evaluate.h"

#include <algorithm>

namespace vedette {

namespace {

bool holds(const Prefix& prefix, const vdt_address& address, std::uint8_t ip_version) {
  return prefix.ip_version == ip_version && prefix_of(address, ip_version, prefix.length) == prefix;
}

bool in_networks(const std::vector<Prefix>& networks, const vdt_address& address, std::uint8_t ip_version) {
  return networks.empty() || std::ranges::any_of(networks, [&](const Prefix& prefix) {
           return holds(prefix, address, ip_version);
         });
}

bool in_ranges(const std::vector<NumberRange>& ranges, bool there, std::uint32_t number) {
  return ranges.empty() || (there && std::ranges::any_of(ranges, [&](const NumberRange& range) {
                              return range.first <= number && number <= range.last;
                            }));
}

template <typename T, typename U>
bool is_one(const std::vector<T>& values, const U& value) {
  return values.empty() || std::ranges::find(values, value) != values.end();
}

bool has_bytes(const PayloadMatch& match, std::span<const std::uint8_t> payload) {
  if (match.offset + match.bytes.size() > payload.size()) return false;
  for (std::size_t at = 0; at < match.bytes.size(); at++)
    if ((payload[match.offset + at] ^ match.bytes[at]) & match.mask[at]) return false;
  return true;
}

const PolicySource* longest_of(const std::vector<PolicySource>& list, const vdt_address& address,
                               std::uint8_t ip_version) {
  const PolicySource* found = nullptr;
  for (const PolicySource& one : list)
    if (holds(one.prefix, address, ip_version) && (!found || one.prefix.length > found->prefix.length))
      found = &one;
  return found;
}

// A block that the source falls under, and that no entry of allow takes it out of; one that only counts is
// none.
const PolicySource* block_of(const Policy& policy, const vdt_address& address, std::uint8_t ip_version) {
  if (ip_version == 0 || longest_of(policy.allow, address, ip_version)) return nullptr;
  const PolicySource* block = longest_of(policy.block, address, ip_version);
  return block && !block->observe ? block : nullptr;
}

const PolicySource* block_of(const Policy& policy, const vdt_packet& packet) {
  const PolicySource* found = block_of(policy, packet.core.key.src, packet.core.key.ip_version);
  if (found || !(packet.core.facts & VDT_FACT_TUNNEL)) return found;
  found = block_of(policy, packet.outer.src, packet.outer.ip_version);
  for (int at = 0; !found && at < VDT_TUNNELS_OPENED - 1; at++)
    found = block_of(policy, packet.farther.src[at], packet.farther.ip_version[at]);
  return found;
}

}  // namespace

bool keeps_out(const Rule& rule) {
  return rule.verdict == RuleVerdict::kDrop || rule.verdict == RuleVerdict::kReject ||
         rule.verdict == RuleVerdict::kRedirect;
}

bool Decision::drops() const {
  return by == DecidedBy::kBlock || (by == DecidedBy::kRule && keeps_out(*rule));
}

bool matches(const Match& match, const PacketFacts& packet) {
  const vdt_packet_core& core = packet.packet.core;
  const bool ports = core.facts & VDT_FACT_PORTS, tcp = core.facts & VDT_FACT_TCP,
             icmp = core.facts & VDT_FACT_ICMP;
  const bool flags =
      match.tcp_flags.empty() || (tcp && std::ranges::any_of(match.tcp_flags, [&](const FlagsMatch& one) {
                                    return (core.tcp_flags & one.mask) == one.value;
                                  }));
  const bool message = match.icmp.empty() ||
                       (icmp && std::ranges::any_of(match.icmp, [&](const IcmpMatch& one) {
                          return one.type == core.icmp_type && (!one.code || *one.code == core.icmp_code);
                        }));
  return in_networks(match.source, core.key.src, core.key.ip_version) &&
         in_networks(match.destination, core.key.dst, core.key.ip_version) &&
         in_ranges(match.source_port, ports, core.key.src_port) &&
         in_ranges(match.destination_port, ports, core.key.dst_port) &&
         is_one(match.protocol, core.key.protocol) && flags && message &&
         in_ranges(match.length, true, std::min<std::uint32_t>(core.length, 0xffff)) &&
         in_ranges(match.ttl, true, core.ttl) &&
         (!match.fragment || *match.fragment == (core.fragment != 0)) &&
         is_one(match.interface, packet.interface) && is_one(match.vlan, core.key.vlan[0]) &&
         is_one(match.country, packet.country) && is_one(match.asn, packet.asn) &&
         is_one(match.destination_country, packet.destination_country) &&
         is_one(match.destination_asn, packet.destination_asn) &&
         std::ranges::all_of(match.payload,
                             [&](const PayloadMatch& one) { return has_bytes(one, packet.payload); });
}

Decision evaluate(const Policy& policy, const PacketFacts& packet) {
  Decision decision;
  if ((decision.source = block_of(policy, packet.packet))) {
    decision.by = DecidedBy::kBlock;
    return decision;
  }
  for (const Rule& rule : policy.rules) {
    if ((rule.shadow && decision.shadow) || !matches(rule.match, packet)) continue;
    if (rule.shadow && !rule.observe) {
      decision.shadow = &rule;
      continue;
    }
    if (rule.observe) {
      decision.observed.push_back(&rule);
      continue;
    }
    decision.by = DecidedBy::kRule;
    decision.rule = &rule;
    break;
  }
  // Whom the allow-list holds no rule drops either.
  const vdt_flow_key& key = packet.packet.core.key;
  if (const PolicySource* allowed = longest_of(policy.allow, key.src, key.ip_version);
      allowed && (decision.by == DecidedBy::kNothing || decision.drops() ||
                  decision.rule->verdict == RuleVerdict::kLimit)) {
    decision.by = DecidedBy::kAllow;
    decision.source = allowed;
    decision.rule = nullptr;
  }
  return decision;
}

}  // namespace vedette
