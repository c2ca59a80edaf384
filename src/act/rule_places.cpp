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

// Rules and entries of the protocol policy, which have a name, a line and a match.
struct Placed {
  const std::string& name;
  std::uint32_t line;
  Match& match;
};

Error in_line(const Placed& one, std::string what, std::string hint = {}) {
  return {ErrorKind::kUnusable, fmt::format("line {}", one.line), fmt::format("{} {}", one.name, what),
          std::move(hint)};
}

// One end of packets: what is asked of its place, in addresses.
struct End {
  std::vector<Prefix>& networks;
  std::vector<std::string>& country;
  std::vector<std::uint32_t>& asn;
  std::string_view word;
};

class Expander {
 public:
  Expander(const GeoDatabases& databases, std::vector<std::string>& notes)
      : databases_(databases), notes_(notes) {}

  Result<void> expand(const Placed& one) {
    Match& match = one.match;
    if (auto source = expand(one, {match.source, match.country, match.asn, "sources"}); !source)
      return source;
    return expand(one, {match.destination, match.destination_country, match.destination_asn, "destinations"});
  }

 private:
  Result<void> expand(const Placed& one, const End& end) {
    if (end.country.empty() && end.asn.empty()) return {};
    if (databases_.empty())
      return std::unexpected(in_line(one, "asks for a country or autonomous system, and there is no database",
                                     "vedetted --geoip FILE.mmdb"));
    bool limited = !end.networks.empty();
    if (!end.country.empty())
      if (auto narrowed = narrow(one, end, limited, databases_.networks_of(end.country)); !narrowed)
        return narrowed;
    if (!end.asn.empty())
      if (auto narrowed = narrow(one, end, limited, databases_.networks_of(end.asn)); !narrowed)
        return narrowed;
    if (end.networks.empty())
      return std::unexpected(
          in_line(one, fmt::format("asks for a place in which the database has none of its {}", end.word)));
    all_ += end.networks.size();
    if (all_ > kMostPlaceNetworks)
      return std::unexpected(in_line(
          one, fmt::format("asks for places of {} networks, with the rules before it, where {} are taken",
                           all_, kMostPlaceNetworks)));
    notes_.push_back(fmt::format("policy: {} takes {} networks of {} by their place", one.name,
                                 end.networks.size(), end.word));
    end.country.clear();
    end.asn.clear();
    return {};
  }

  static Result<void> narrow(const Placed& one, const End& end, bool& limited,
                             Result<std::vector<Prefix>> networks) {
    if (!networks) return std::unexpected(in_line(one, networks.error().text()));
    end.networks = limited ? in_both(end.networks, *networks) : std::move(*networks);
    limited = true;
    return {};
  }

  const GeoDatabases& databases_;
  std::vector<std::string>& notes_;
  std::size_t all_ = 0;
};

}  // namespace

Result<void> expand_places(Policy& policy, const GeoDatabases& databases, std::vector<std::string>& notes) {
  Expander expander(databases, notes);
  for (Rule& rule : policy.rules)
    if (auto expanded = expander.expand({rule.name, rule.line, rule.match}); !expanded) return expanded;
  for (ProtocolEntry& entry : policy.protocols)
    if (auto expanded = expander.expand({entry.name, entry.line, entry.where}); !expanded) return expanded;
  return {};
}

}  // namespace vedette
