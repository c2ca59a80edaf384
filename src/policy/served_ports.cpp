#include "policy/served_ports.h"

#include <algorithm>
#include <set>

#include "policy/evaluate.h"
#include "policy/protocol_entry.h"

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6;

bool lets_in_to(const Rule& rule, const Prefix& address) {
  const std::vector<Prefix>& to = rule.match.destination;
  return !rule.observe && !keeps_out(rule) && in_protocols(rule.match.protocol, kTcp) &&
         (to.empty() || std::ranges::any_of(to, [&](const Prefix& one) { return one.holds(address); }));
}

}  // namespace

std::optional<std::vector<std::uint16_t>> served_tcp_ports(const Policy& policy, const Prefix& address,
                                                           std::size_t most) {
  std::set<std::uint16_t> ports;
  for (const Rule& rule : policy.rules) {
    if (!lets_in_to(rule, address)) continue;
    for (const NumberRange& range : rule.match.destination_port) {
      const std::size_t count = std::size_t{range.last} - range.first + 1;
      if (count > most && rule.verdict == RuleVerdict::kLimit) continue;
      if (count > most) return {};
      for (std::uint32_t port = range.first; port <= range.last; port++)
        ports.insert(static_cast<std::uint16_t>(port));
    }
  }
  ports.erase(0);
  if (ports.size() > most) return {};
  return std::vector<std::uint16_t>(ports.begin(), ports.end());
}

}  // namespace vedette
