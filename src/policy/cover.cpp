#include "policy/cover.h"

#include <algorithm>

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6;

// Each of `narrow` is held by one of `wide`; a member that says nothing takes all.
template <typename T, typename Holds>
bool all_held(const std::vector<T>& wide, const std::vector<T>& narrow, Holds&& holds) {
  if (wide.empty()) return true;
  if (narrow.empty()) return false;
  return std::ranges::all_of(narrow, [&](const T& one) {
    return std::ranges::any_of(wide, [&](const T& other) { return holds(other, one); });
  });
}

template <typename T>
bool all_held(const std::vector<T>& wide, const std::vector<T>& narrow) {
  return all_held(wide, narrow, [](const T& one, const T& other) { return one == other; });
}

// As far as ranges that touch one another reach.
std::vector<NumberRange> joined(std::vector<NumberRange> ranges) {
  std::ranges::sort(ranges, {}, &NumberRange::first);
  std::vector<NumberRange> all;
  for (const NumberRange& range : ranges) {
    if (!all.empty() && std::uint32_t{range.first} <= std::uint32_t{all.back().last} + 1)
      all.back().last = std::max(all.back().last, range.last);
    else
      all.push_back(range);
  }
  return all;
}

bool ranges_held(const std::vector<NumberRange>& wide, const std::vector<NumberRange>& narrow) {
  return all_held(joined(wide), narrow, [](const NumberRange& one, const NumberRange& other) {
    return one.first <= other.first && other.last <= one.last;
  });
}

// What its flags say of a packet besides.
std::vector<std::uint8_t> protocols_of(const Match& match) {
  if (match.tcp_flags.empty()) return match.protocol;
  return {kTcp};
}

bool flags_held(const FlagsMatch& wide, const FlagsMatch& narrow) {
  return (wide.mask & narrow.mask) == wide.mask && (narrow.value & wide.mask) == wide.value;
}

bool icmp_held(const IcmpMatch& wide, const IcmpMatch& narrow) {
  return wide.type == narrow.type && (!wide.code || wide.code == narrow.code);
}

// The mask and value that `match` has for the byte at `offset`; a mask of 0 where it says nothing of it.
std::pair<std::uint8_t, std::uint8_t> byte_at(const std::vector<PayloadMatch>& match, std::size_t offset) {
  std::uint8_t mask = 0, value = 0;
  for (const PayloadMatch& one : match) {
    if (offset < one.offset || offset >= one.offset + one.bytes.size()) continue;
    mask |= one.mask[offset - one.offset];
    value =
        static_cast<std::uint8_t>(value | (one.bytes[offset - one.offset] & one.mask[offset - one.offset]));
  }
  return {mask, value};
}

bool payload_held(const std::vector<PayloadMatch>& wide, const std::vector<PayloadMatch>& narrow) {
  const auto reach = [](const std::vector<PayloadMatch>& all) {
    std::size_t end = 0;
    for (const PayloadMatch& one : all) end = std::max(end, one.offset + one.bytes.size());
    return end;
  };
  if (reach(wide) > reach(narrow)) return false;
  for (const PayloadMatch& one : wide)
    for (std::size_t at = 0; at < one.bytes.size(); at++) {
      const auto [mask, value] = byte_at(narrow, one.offset + at);
      if ((mask & one.mask[at]) != one.mask[at] || ((value ^ one.bytes[at]) & one.mask[at])) return false;
    }
  return true;
}

// A member that says nothing meets all.
template <typename T, typename Meet>
bool any_meet(const std::vector<T>& some, const std::vector<T>& others, Meet&& meet) {
  return some.empty() || others.empty() || std::ranges::any_of(some, [&](const T& one) {
           return std::ranges::any_of(others, [&](const T& other) { return meet(one, other); });
         });
}

bool has_version(const std::vector<Prefix>& networks, std::uint8_t ip_version) {
  return networks.empty() ||
         std::ranges::any_of(networks, [&](const Prefix& one) { return one.ip_version == ip_version; });
}

}  // namespace

bool covers(const Match& wide, const Match& narrow) {
  const auto prefix_held = [](const Prefix& one, const Prefix& other) { return one.holds(other); };
  return all_held(wide.source, narrow.source, prefix_held) &&
         all_held(wide.destination, narrow.destination, prefix_held) &&
         ranges_held(wide.source_port, narrow.source_port) &&
         ranges_held(wide.destination_port, narrow.destination_port) &&
         all_held(wide.protocol, protocols_of(narrow)) &&
         all_held(wide.tcp_flags, narrow.tcp_flags, flags_held) &&
         all_held(wide.icmp, narrow.icmp, icmp_held) && ranges_held(wide.length, narrow.length) &&
         ranges_held(wide.ttl, narrow.ttl) && (!wide.fragment || wide.fragment == narrow.fragment) &&
         all_held(wide.interface, narrow.interface) && all_held(wide.vlan, narrow.vlan) &&
         all_held(wide.country, narrow.country) && all_held(wide.asn, narrow.asn) &&
         all_held(wide.destination_country, narrow.destination_country) &&
         all_held(wide.destination_asn, narrow.destination_asn) && payload_held(wide.payload, narrow.payload);
}

bool may_meet(const Match& one, const Match& other) {
  const auto prefixes = [](const Prefix& left, const Prefix& right) {
    return left.holds(right) || right.holds(left);
  };
  const auto ranges = [](const NumberRange& left, const NumberRange& right) {
    return left.first <= right.last && right.first <= left.last;
  };
  const auto same = [](const auto& left, const auto& right) { return left == right; };
  return any_meet(one.source, other.source, prefixes) &&
         any_meet(one.destination, other.destination, prefixes) &&
         any_meet(one.destination_port, other.destination_port, ranges) &&
         any_meet(protocols_of(one), protocols_of(other), same) &&
         any_meet(one.country, other.country, same) &&
         any_meet(one.destination_country, other.destination_country, same) &&
         any_meet(one.asn, other.asn, same) && any_meet(one.destination_asn, other.destination_asn, same);
}

std::string contradiction(const Match& match) {
  const bool four = has_version(match.source, 4) && has_version(match.destination, 4);
  const bool six = has_version(match.source, 6) && has_version(match.destination, 6);
  if (!four && !six) return "source and destination are of different IP versions";
  const std::vector<std::uint8_t> protocols = protocols_of(match);
  if (!six && protocols == std::vector<std::uint8_t>{58}) return "ICMPv6 has no IPv4 addresses";
  if (!four && protocols == std::vector<std::uint8_t>{1}) return "ICMP has no IPv6 addresses";
  for (std::size_t one = 0; one < match.payload.size(); one++)
    for (std::size_t at = 0; at < match.payload[one].bytes.size(); at++) {
      const PayloadMatch& here = match.payload[one];
      const std::vector<PayloadMatch> before(match.payload.begin(),
                                             match.payload.begin() + static_cast<std::ptrdiff_t>(one));
      const auto [mask, value] = byte_at(before, here.offset + at);
      if ((value ^ here.bytes[at]) & mask & here.mask[at]) return "the payload's bytes contradict each other";
    }
  return {};
}

}  // namespace vedette
