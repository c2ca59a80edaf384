#include "tests/unit/policy/random_policy.h"

#include <algorithm>
#include <array>
#include <string>

#include "abi/payload_class.h"
#include "abi/rules.h"

namespace vedette::tests {

namespace {

constexpr std::array<std::string_view, 3> kInterfaces{"eth0", "wlan0", "br \"x\\y"};
constexpr std::array<std::string_view, 3> kCountries{"DE", "FR", "US"};

std::uint32_t below(Chance& chance, std::uint32_t end) {
  return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(chance);
}

bool one_in(Chance& chance, std::uint32_t n) {
  return below(chance, n) == 0;
}

template <typename T>
T one_of(Chance& chance, std::initializer_list<T> values) {
  return values.begin()[below(chance, static_cast<std::uint32_t>(values.size()))];
}

// Four bytes that differ in few bits, of an address that is otherwise 0.
vdt_address random_address(Chance& chance) {
  vdt_address address{};
  for (int at = 0; at < 4; at++) address.bytes[at] = one_of<std::uint8_t>(chance, {0x0a, 0x0b, 0x80, 0xc0});
  return address;
}

Prefix random_prefix(Chance& chance) {
  const std::uint8_t version = one_in(chance, 2) ? 4 : 6;
  const std::uint8_t length = one_of<std::uint8_t>(chance, {0, 8, 15, 24, 32});
  const bool whole = version == 6 && one_in(chance, 4);
  return prefix_of(random_address(chance), version, whole ? std::uint8_t{128} : length);
}

std::vector<Prefix> random_prefixes(Chance& chance) {
  std::vector<Prefix> all;
  for (std::uint32_t left = 1 + below(chance, 3); left > 0; left--) {
    const Prefix one = random_prefix(chance);
    const bool apart =
        std::ranges::none_of(all, [&](const Prefix& other) { return one.holds(other) || other.holds(one); });
    if (apart) all.push_back(one);
  }
  std::ranges::sort(all);
  return all;
}

std::vector<NumberRange> random_ranges(Chance& chance, std::uint16_t high) {
  std::vector<NumberRange> all;
  for (std::uint32_t at = below(chance, 4); at < 20 && all.size() < 3; at += 2 + below(chance, 6)) {
    const auto first = static_cast<std::uint16_t>(at);
    const auto last = static_cast<std::uint16_t>(first + below(chance, 2));
    all.push_back({first, last});
  }
  if (one_in(chance, 3)) all.push_back({static_cast<std::uint16_t>(high - 3), high});
  return all;
}

template <typename T>
std::vector<T> some_of(Chance& chance, std::vector<T> all) {
  std::ranges::shuffle(all, chance);
  all.resize(1 + below(chance, static_cast<std::uint32_t>(all.size())));
  return all;
}

std::vector<std::uint8_t> random_bytes(Chance& chance, std::size_t count) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t at = 0; at < count; at++)
    bytes.push_back(one_of<std::uint8_t>(chance, {0, 1, 0x47, 0xff}));
  return bytes;
}

PayloadMatch random_payload(Chance& chance) {
  const std::size_t size = 1 + below(chance, one_in(chance, 4) ? 16 : 2);
  return {.offset = static_cast<std::uint16_t>(one_in(chance, 8) ? 255 : below(chance, 3)),
          .bytes = random_bytes(chance, size),
          .mask = random_bytes(chance, size)};
}

FlagsMatch random_flags(Chance& chance) {
  const auto mask = static_cast<std::uint8_t>(1 + below(chance, 255));
  return {.mask = mask, .value = static_cast<std::uint8_t>(mask & below(chance, 256))};
}

std::string random_reason(Chance& chance) {
  return one_of<std::string>(chance, {"", "", "of \"him\": \\ tries", "größer # 1", "- no: 1", "true", "'"});
}

std::vector<PolicySource> random_sources(Chance& chance, bool blocks,
                                         const std::vector<PolicySource>& other) {
  std::vector<PolicySource> all;
  for (std::uint32_t left = below(chance, 4); left > 0; left--) {
    PolicySource one;
    one.prefix = random_prefix(chance);
    const auto same = [&](const PolicySource& source) { return source.prefix == one.prefix; };
    if (std::ranges::any_of(all, same) || std::ranges::any_of(other, same)) continue;
    one.reason = random_reason(chance);
    one.observe = blocks && one_in(chance, 3);
    if (one_in(chance, 3)) one.ttl = std::chrono::seconds(1 + below(chance, 1'000'000));
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

Match random_match(Chance& chance) {
  Match match;
  const auto say = [&] { return one_in(chance, 6); };
  if (say()) match.source = random_prefixes(chance);
  if (say()) match.destination = random_prefixes(chance);
  if (say()) match.protocol = some_of<std::uint8_t>(chance, {6, 17, 132, 254});
  if (say()) match.source_port = random_ranges(chance, 65535);
  if (say()) match.destination_port = random_ranges(chance, 65535);
  if (say()) {
    match.tcp_flags = {random_flags(chance)};
    match.protocol = one_in(chance, 2) ? std::vector<std::uint8_t>{6} : std::vector<std::uint8_t>{};
  }
  if (say()) {
    match = Match();
    match.protocol = {one_of<std::uint8_t>(chance, {1, 58})};
    match.icmp = {{.type = static_cast<std::uint8_t>(below(chance, 3)), .code = {}},
                  {.type = 3, .code = static_cast<std::uint8_t>(below(chance, 3))}};
  }
  if (say()) match.length = random_ranges(chance, 65535);
  if (say()) match.ttl = random_ranges(chance, 255);
  if (say()) match.fragment = one_in(chance, 2);
  if (say()) match.interface = some_of<std::string>(chance, {"eth0", "wlan0", "br\"x\\y"});
  if (say()) match.vlan = some_of<std::uint16_t>(chance, {0, 1, 7, 4094});
  if (say()) match.country = some_of<std::string>(chance, {"DE", "FR", "US"});
  if (say()) match.asn = some_of<std::uint32_t>(chance, {1, 64496, UINT32_MAX});
  if (say()) match.destination_country = some_of<std::string>(chance, {"DE", "FR", "US"});
  if (say()) match.destination_asn = some_of<std::uint32_t>(chance, {1, 64496, UINT32_MAX});
  if (say()) match.payload = {random_payload(chance)};
  return match;
}

Rule random_rule(Chance& chance, std::size_t number) {
  Rule rule;
  rule.name = "rule-" + std::to_string(number) + one_of<std::string>(chance, {"", ".tcp", "_x"});
  rule.match = random_match(chance);
  rule.verdict = static_cast<RuleVerdict>(below(chance, 8));
  rule.observe = one_in(chance, 4);
  rule.reason = random_reason(chance);
  if (rule.verdict == RuleVerdict::kLimit) {
    const auto unit = static_cast<RateUnit>(below(chance, 4));
    Rate rate{
        .unit = unit, .per = static_cast<RatePer>(below(chance, 5)), .a_second = 1 + below(chance, 5000)};
    rate.burst = 1 + below(chance, 9000);
    if (rate.burst / 1000 > rate.a_second) rate.burst = rate.a_second;
    if (rate.per == RatePer::kSourcePrefix) rate.prefix4 = static_cast<std::uint8_t>(1 + below(chance, 32));
    rule.rates = {rate};
  }
  if (rule.verdict == RuleVerdict::kMark || rule.verdict == RuleVerdict::kSample)
    rule.value = 1 + below(chance, 9);
  if (rule.verdict == RuleVerdict::kReject) rule.value = below(chance, 5);
  if (rule.verdict == RuleVerdict::kDscp) rule.value = below(chance, 64);
  if (rule.verdict == RuleVerdict::kRedirect) rule.interface = "eth1";
  return rule;
}

// Each refuses something.
ProtocolEntry random_protocol(Chance& chance, std::uint32_t number) {
  ProtocolEntry entry;
  entry.name = "protocol-" + std::to_string(number);
  if (one_in(chance, 2)) entry.tls_min = static_cast<std::uint8_t>(VDT_PAYLOAD_SSL_3 + below(chance, 5));
  entry.refuse_ssh_1 = one_in(chance, 2);
  entry.refuse_smb_1 = one_in(chance, 2);
  if (one_in(chance, 2)) entry.ja3 = {std::string(32, 'a')};
  if (one_in(chance, 2)) entry.ja4 = {"t13d1516h2_8daaf6152771_b186095e22b6"};
  if (one_in(chance, 2)) entry.sni = {"example.net", ".example.org"};
  entry.apps = some_of<AppMatch>(chance, {{"ssh", "1.99"}, {"http", "GET"}, {"dns", ""}, {"tls", "SSL 3.0"}});
  if (one_in(chance, 2)) entry.where.destination_port = {{22, 22}, {8000, 8100}};
  if (one_in(chance, 2)) entry.where.source = {prefix_of(random_address(chance), 4, 24)};
  if (one_in(chance, 2)) entry.where.destination_country = {"DE"};
  if (one_in(chance, 2)) entry.where.protocol = {6};
  if (one_in(chance, 2)) {
    constexpr std::array kOthers{RuleVerdict::kPass, RuleVerdict::kReject, RuleVerdict::kMark,
                                 RuleVerdict::kDscp, RuleVerdict::kSample};
    entry.verdict = kOthers.at(below(chance, kOthers.size()));
    if (entry.verdict != RuleVerdict::kPass) entry.value = 1 + below(chance, VDT_REJECT_PROHIBITED);
  }
  entry.observe = entry.verdict != RuleVerdict::kPass && one_in(chance, 2);
  if (one_in(chance, 2)) entry.reason = "why not";
  return entry;
}

Policy random_policy(Chance& chance) {
  Policy policy;
  policy.allow = random_sources(chance, false, {});
  policy.block = random_sources(chance, true, policy.allow);
  const std::uint32_t rules = below(chance, 6);
  for (std::uint32_t at = 0; at < rules; at++) policy.rules.push_back(random_rule(chance, at));
  const std::uint32_t protocols = below(chance, 4);
  for (std::uint32_t at = 0; at < protocols; at++) policy.protocols.push_back(random_protocol(chance, at));
  if (one_in(chance, 3)) policy.response.most_blocks = below(chance, kMostBlocksLimit + 1);
  return policy;
}

RandomPacket random_packet(Chance& chance) {
  RandomPacket random;
  vdt_packet_core& core = random.packet.core;
  core.facts = VDT_FACT_IP;
  core.key.ip_version = one_in(chance, 2) ? 4 : 6;
  core.key.src = random_address(chance);
  core.key.dst = random_address(chance);
  core.key.protocol = one_of<std::uint8_t>(chance, {1, 6, 6, 17, 58, 132, 254});
  core.fragment = one_in(chance, 4) ? VDT_FRAGMENT_MIDDLE : VDT_FRAGMENT_NONE;
  const bool headed = core.fragment == VDT_FRAGMENT_NONE;
  const std::uint8_t protocol = core.key.protocol;
  if (headed && (protocol == 6 || protocol == 17 || protocol == 132)) {
    core.facts |= VDT_FACT_PORTS;
    core.key.src_port = static_cast<std::uint16_t>(one_in(chance, 4) ? 65535 : below(chance, 20));
    core.key.dst_port = static_cast<std::uint16_t>(one_in(chance, 4) ? 65534 : below(chance, 20));
  }
  if (headed && protocol == 6) {
    core.facts |= VDT_FACT_TCP;
    core.tcp_flags = static_cast<std::uint8_t>(below(chance, 256));
  }
  if (headed && (protocol == 1 || protocol == 58)) {
    core.facts |= VDT_FACT_ICMP;
    core.icmp_type = static_cast<std::uint8_t>(below(chance, 4));
    core.icmp_code = static_cast<std::uint8_t>(below(chance, 3));
  }
  core.length = one_in(chance, 6) ? 70'000 : below(chance, 20);
  core.ttl = static_cast<std::uint8_t>(one_in(chance, 6) ? 255 : below(chance, 20));
  core.key.vlan[0] = one_of<std::uint16_t>(chance, {0, 0, 1, 7, 4094});
  random.interface = kInterfaces[below(chance, 3)];
  random.country = kCountries[below(chance, 3)];
  random.asn = one_of<std::uint32_t>(chance, {1, 64496, 64497});
  random.destination_country = kCountries[below(chance, 3)];
  random.destination_asn = one_of<std::uint32_t>(chance, {1, 64496, 64497});
  random.payload = random_bytes(chance, below(chance, 5));
  return random;
}

}  // namespace vedette::tests
