#include "policy/rule_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vedette {

namespace {

// By RuleVerdict.
constexpr std::array<std::uint8_t, 8> kVerdicts{VDT_RULE_PASS,     VDT_RULE_DROP,  VDT_RULE_REJECT,
                                                VDT_RULE_LIMIT,    VDT_RULE_MARK,  VDT_RULE_DSCP,
                                                VDT_RULE_REDIRECT, VDT_RULE_SAMPLE};

void set_per(const Rate& rate, vdt_rate& to) {
  to.prefix4 = 32;
  to.prefix6 = 128;
  switch (rate.per) {
    case RatePer::kAll:
      to.per = VDT_PER_ALL;
      return;
    case RatePer::kSourcePrefix:
      to.prefix4 = rate.prefix4;
      to.prefix6 = rate.prefix6;
      [[fallthrough]];
    case RatePer::kSource:
      to.per = VDT_PER_SOURCE;
      return;
    case RatePer::kDestination:
      to.per = VDT_PER_DESTINATION;
      return;
    case RatePer::kDestinationPort:
      to.per = VDT_PER_DESTINATION_PORT;
      return;
  }
}

std::optional<Error> set_rates(const Rule& rule, vdt_rule& one) {
  if (rule.rates.empty() || rule.rates.size() > VDT_RULE_RATES)
    return refused(rule,
                   fmt::format("has {} rates, where 1 to {} are kept", rule.rates.size(), VDT_RULE_RATES));
  for (const Rate& rate : rule.rates) {
    vdt_rate& to = one.rate[one.rates];
    constexpr std::uint64_t kSecond = 1'000'000'000ULL << 10;  // in 1/1024 ns
    to.cost = std::max<std::uint64_t>(1, kSecond / rate.a_second);
    // A frame of 64 KiB is taken from a rate at once.
    const double most = static_cast<double>(to.cost) * (static_cast<double>(rate.burst) + 65536.0);
    if (most > static_cast<double>(VDT_RATE_AHEAD_MAX))
      return refused(
          rule, fmt::format("has a burst of {} at {} a second, which is more than the 39 hours that are kept",
                            rate.burst, rate.a_second));
    to.tolerance = to.cost * (rate.burst - 1);
    to.unit = static_cast<std::uint8_t>(rate.unit);
    set_per(rate, to);
    // By its name: the next policy's same rule goes on where this one's was.
    to.number = static_cast<std::uint32_t>(std::hash<std::string>{}(rule.name) * 2 + one.rates);
    one.rates++;
  }
  return {};
}

std::optional<Error> set_interface(const Rule& rule, const InterfacesNamed& interfaces, vdt_rule& one) {
  const auto found = interfaces ? interfaces(rule.interface) : std::vector<std::uint32_t>{};
  if (found.size() != 1)
    return refused(rule, fmt::format("sends packets to {}, and there is no such interface", rule.interface));
  one.value = found.front();
  return {};
}

}  // namespace

Error refused(const Rule& rule, std::string what, std::string hint) {
  return {ErrorKind::kUnusable, fmt::format("rule '{}'", rule.name), std::move(what), std::move(hint)};
}

std::optional<Error> write_verdict(const Rule& rule, const InterfacesNamed& interfaces, vdt_rule& one) {
  one.verdict = kVerdicts[static_cast<std::size_t>(rule.verdict)];
  one.value = rule.value;
  if (rule.verdict == RuleVerdict::kLimit) return set_rates(rule, one);
  if (rule.verdict == RuleVerdict::kRedirect) return set_interface(rule, interfaces, one);
  return {};
}

}  // namespace vedette
