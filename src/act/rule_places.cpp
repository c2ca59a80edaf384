#include "act/rule_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vedette {

namespace {

// What both hold, of lists in the order of Prefix, in neither of which one network holds another.
std::vector<Prefix> in_both(const std::vector<Prefix>& one, const std::vector<Prefix>& other) {
  std::vector<Prefix> both;
  for (std::size_t at = 0, beside = 0; at < one.size() && beside < other.size();) {
    const Prefix &left = one[at], &right = other[beside];
    if (left.holds(right)) {
      both.push_back(right);
      beside++;
    } else if (right.holds(left)) {
      both.push_back(left);
      at++;
    } else {
      (left < right ? at : beside)++;
    }
  }
  return both;
}

Error in_line(const Rule& rule, std::string what, std::string hint = {}) {
  return {ErrorKind::kUnusable, fmt::format("line {}", rule.line), fmt::format("{} {}", rule.name, what),
          std::move(hint)};
}

Result<void> narrow(std::vector<Prefix>& source, bool& limited, Result<std::vector<Prefix>> networks,
                    const Rule& rule) {
  if (!networks) return std::unexpected(in_line(rule, networks.error().text()));
  source = limited ? in_both(source, *networks) : std::move(*networks);
  limited = true;
  return {};
}

}  // namespace

Result<void> expand_places(Policy& policy, const GeoDatabases& databases, std::vector<std::string>& notes) {
  std::size_t all = 0;
  for (Rule& rule : policy.rules) {
    Match& match = rule.match;
    if (match.country.empty() && match.asn.empty()) continue;
    if (databases.empty())
      return std::unexpected(in_line(rule,
                                     "asks for a country or autonomous system, and there is no database",
                                     "vedetted --geoip FILE.mmdb"));
    bool limited = !match.source.empty();
    if (!match.country.empty())
      if (auto narrowed = narrow(match.source, limited, databases.networks_of(match.country), rule);
          !narrowed)
        return narrowed;
    if (!match.asn.empty())
      if (auto narrowed = narrow(match.source, limited, databases.networks_of(match.asn), rule); !narrowed)
        return narrowed;
    if (match.source.empty())
      return std::unexpected(in_line(rule, "asks for a place in which the database has none of its sources"));
    all += match.source.size();
    if (all > kMostPlaceNetworks)
      return std::unexpected(in_line(
          rule, fmt::format("asks for places of {} networks, with the rules before it, where {} are taken",
                            all, kMostPlaceNetworks)));
    notes.push_back(
        fmt::format("policy: {} takes {} networks by their place", rule.name, match.source.size()));
    match.country.clear();
    match.asn.clear();
  }
  return {};
}

}  // namespace vedette
