// Rules and packets drawn at random, from few enough values that they meet; and what the rules mean, said a
// second time and plainly.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "abi/packet.h"
#include "policy/policy.h"

namespace vedette::tests {

class RandomRules {
 public:
  explicit RandomRules(std::uint32_t seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random_);
  }
  bool chance(std::uint32_t one_in) { return below(one_in) == 0; }

  // When rules end that do, on CLOCK_MONOTONIC: before anything runs, and behind all tests.
  static constexpr Nanoseconds kEnded{1}, kFarOff{std::int64_t{1} << 62};

  // Of few networks, so that prefixes hold one another.
  vdt_address address(std::uint8_t version) {
    vdt_address address{};
    if (version == 4) {
      const std::uint8_t bytes[4]{static_cast<std::uint8_t>(chance(3) ? below(256) : 10),
                                  static_cast<std::uint8_t>(below(3)), static_cast<std::uint8_t>(below(4)),
                                  static_cast<std::uint8_t>(below(8) * 32)};
      std::memcpy(address.bytes, bytes, sizeof bytes);
      return address;
    }
    address.bytes[0] = chance(4) ? 0x24 : 0x20;
    address.bytes[1] = 0x01;
    for (const int at : {3, 5, 7, 8, 11, 15}) address.bytes[at] = static_cast<std::uint8_t>(below(3) * 127);
    return address;
  }
  Prefix prefix() {
    const std::uint8_t version = chance(2) ? 4 : 6;
    return prefix_of(address(version), version,
                     static_cast<std::uint8_t>(below(Prefix::longest(version) + 1U)));
  }
  NumberRange range(std::uint32_t limit) {
    const auto first = static_cast<std::uint16_t>(below(limit));
    if (chance(2)) return {first, first};
    return {first, static_cast<std::uint16_t>(first + below(limit - first))};
  }

  Rule rule(std::size_t number) {
    Rule rule;
    rule.name = "r" + std::to_string(number);
    Match& match = rule.match;
    const auto some = [&](auto& values, std::uint32_t one_in, auto draw) {
      if (!chance(one_in)) return;
      for (std::uint32_t left = 1 + below(3); left > 0; left--) values.push_back(draw());
    };
    some(match.source, 2, [&] { return prefix(); });
    some(match.destination, 3, [&] { return prefix(); });
    some(match.source_port, 5, [&] { return range(8); });
    some(match.destination_port, 3, [&] { return range(8); });
    some(match.protocol, 3, [&] { return std::uint8_t(chance(2) ? 6 : 17); });
    some(match.tcp_flags, 6, [&] {
      const auto mask = static_cast<std::uint8_t>(below(32));
      return FlagsMatch{mask, static_cast<std::uint8_t>(below(32) & mask)};
    });
    some(match.icmp, 10, [&] {
      return IcmpMatch{static_cast<std::uint8_t>(below(3)),
                       chance(2) ? std::optional<std::uint8_t>(below(2)) : std::nullopt};
    });
    some(match.length, 8, [&] { return range(200); });
    some(match.ttl, 8, [&] { return range(20); });
    some(match.vlan, 8, [&] { return static_cast<std::uint16_t>(below(3)); });
    if (chance(12)) match.fragment = chance(2);
    some(match.payload, 8, [&] {
      const std::uint8_t mask = chance(3) ? 1 : 0xff;
      return PayloadMatch{
          static_cast<std::uint16_t>(below(4)), {static_cast<std::uint8_t>(below(3) & mask)}, {mask}};
    });
    rule.verdict = chance(2) ? RuleVerdict::kDrop : RuleVerdict::kPass;
    if (chance(8)) {
      constexpr std::array kActs{RuleVerdict::kReject, RuleVerdict::kMark, RuleVerdict::kDscp};
      rule.verdict = kActs[below(kActs.size())];
      rule.value = below(5);
    }
    rule.observe = chance(10);
    if (chance(10)) rule.until = chance(2) ? kEnded : kFarOff;
    return rule;
  }
  std::vector<Rule> rules(std::size_t count) {
    std::vector<Rule> rules;
    while (rules.size() < count) rules.push_back(rule(rules.size()));
    return rules;
  }

  vdt_packet_core packet() {
    vdt_packet_core core{};
    const std::uint8_t version = chance(2) ? 4 : 6;
    core.facts = VDT_FACT_IP;
    core.key.ip_version = version;
    core.key.src = address(version);
    core.key.dst = address(version);
    core.key.protocol = chance(3) ? 1 : chance(2) ? 6 : 17;
    if (core.key.protocol == 1) {
      core.facts |= VDT_FACT_ICMP;
      core.icmp_type = static_cast<std::uint8_t>(below(3));
      core.icmp_code = static_cast<std::uint8_t>(below(2));
    } else {
      core.facts |= VDT_FACT_PORTS;
      core.key.src_port = static_cast<std::uint16_t>(below(8));
      core.key.dst_port = static_cast<std::uint16_t>(below(8));
    }
    if (core.key.protocol == 6) {
      core.facts |= VDT_FACT_TCP;
      core.tcp_flags = static_cast<std::uint8_t>(below(32));
    }
    core.key.vlan[0] = static_cast<std::uint16_t>(below(3));
    core.length = below(250);
    core.ttl = static_cast<std::uint8_t>(below(25));
    core.fragment = chance(4) ? VDT_FRAGMENT_FIRST : VDT_FRAGMENT_NONE;
    return core;
  }

 private:
  std::mt19937 random_;
};

inline bool takes(const Match& match, const vdt_packet_core& core) {
  const auto any = [](const auto& values, auto holds) {
    return values.empty() || std::ranges::any_of(values, holds);
  };
  const auto in = [](std::uint32_t value) {
    return [value](const NumberRange& range) { return range.first <= value && value <= range.last; };
  };
  const auto of = [&](const vdt_address& address) {
    return [&core, address](const Prefix& prefix) {
      return prefix.ip_version == core.key.ip_version &&
             prefix.holds(prefix_of(address, core.key.ip_version, Prefix::longest(core.key.ip_version)));
    };
  };
  const bool ports = core.facts & VDT_FACT_PORTS;
  const bool tcp = core.facts & VDT_FACT_TCP;
  const bool icmp = core.facts & VDT_FACT_ICMP;
  return any(match.source, of(core.key.src)) && any(match.destination, of(core.key.dst)) &&
         (match.source_port.empty() || (ports && any(match.source_port, in(core.key.src_port)))) &&
         (match.destination_port.empty() || (ports && any(match.destination_port, in(core.key.dst_port)))) &&
         any(match.protocol, [&](std::uint8_t protocol) { return protocol == core.key.protocol; }) &&
         (match.tcp_flags.empty() ||
          (tcp && any(match.tcp_flags,
                      [&](const FlagsMatch& one) { return (core.tcp_flags & one.mask) == one.value; }))) &&
         (match.icmp.empty() || (icmp && any(match.icmp,
                                             [&](const IcmpMatch& one) {
                                               return one.type == core.icmp_type &&
                                                      one.code.value_or(core.icmp_code) == core.icmp_code;
                                             }))) &&
         any(match.length, in(core.length)) && any(match.ttl, in(core.ttl)) &&
         any(match.vlan, [&](std::uint16_t vlan) { return vlan == core.key.vlan[0]; }) &&
         (!match.fragment || *match.fragment == (core.fragment != VDT_FRAGMENT_NONE));
}

inline bool has_payload(const Match& match, std::span<const std::uint8_t> payload) {
  return std::ranges::all_of(match.payload, [&](const PayloadMatch& one) {
    for (std::size_t at = 0; at < one.bytes.size(); at++)
      if (one.offset + at >= payload.size() || (payload[one.offset + at] & one.mask[at]) != one.bytes[at])
        return false;
    return true;
  });
}

// The rule that decides; none where no rule does.
inline const Rule* deciding_rule(const std::vector<Rule>& rules, const vdt_packet_core& core,
                                 std::span<const std::uint8_t> payload) {
  const auto found = std::ranges::find_if(rules, [&](const Rule& rule) {
    return !rule.observe && rule.until != RandomRules::kEnded && takes(rule.match, core) &&
           has_payload(rule.match, payload);
  });
  return found == rules.end() ? nullptr : &*found;
}

// Whether the next rule may be asked behind it.
inline bool goes_on(const Rule& rule) {
  return rule.observe || !rule.match.payload.empty() || rule.until != Nanoseconds{};
}

// The numbers of the rules that are found one after the other, by all but the payload and their ends: those
// after which others may be asked, and the first that decides.
inline std::vector<int> expected_rules(const std::vector<Rule>& rules, const vdt_packet_core& core) {
  std::vector<int> found;
  for (std::size_t number = 0; number < rules.size(); number++) {
    if (!takes(rules[number].match, core)) continue;
    found.push_back(static_cast<int>(number));
    if (!goes_on(rules[number])) break;
  }
  return found;
}

}  // namespace vedette::tests
