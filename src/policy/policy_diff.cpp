#include "policy/policy_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "policy/policy_sentence.h"

namespace vedette {

namespace {

using Differences = std::vector<PolicyDifference>;

std::string with_reason(std::string sentence, const std::string& reason) {
  return reason.empty() ? sentence : fmt::format("{} ({})", sentence, reason);
}

void compare_sources(const std::vector<PolicySource>& from, const std::vector<PolicySource>& to, bool blocks,
                     Differences& all) {
  const std::string part = blocks ? "block" : "allow";
  const auto sentence = [&](const PolicySource& one) {
    return with_reason(source_sentence(one, blocks), one.reason);
  };
  std::map<Prefix, const PolicySource*> before;
  for (const PolicySource& one : from) before.emplace(one.prefix, &one);
  for (const PolicySource& one : to) {
    const auto found = before.find(one.prefix);
    if (found == before.end()) {
      all.push_back({PolicyChange::kCame, part, prefix_text(one.prefix), {}, sentence(one)});
      continue;
    }
    if (!(*found->second == one))
      all.push_back(
          {PolicyChange::kChanged, part, prefix_text(one.prefix), sentence(*found->second), sentence(one)});
    before.erase(found);
  }
  for (const auto& [prefix, one] : before)
    all.push_back({PolicyChange::kWent, part, prefix_text(prefix), sentence(*one), {}});
}

// Of places in the old order, one each in the new order: those outside of a longest increasing subsequence
// (Schensted 1961).
std::set<std::size_t> moved(const std::vector<std::size_t>& places) {
  std::vector<std::size_t> ends;  // index of each length's least last place
  std::vector<std::size_t> before(places.size(), places.size());
  for (std::size_t at = 0; at < places.size(); at++) {
    const auto end = std::ranges::lower_bound(ends, places[at], {}, [&](std::size_t i) { return places[i]; });
    if (end != ends.begin()) before[at] = *std::prev(end);
    if (end == ends.end())
      ends.push_back(at);
    else
      *end = at;
  }
  std::set<std::size_t> out;
  for (std::size_t at = 0; at < places.size(); at++) out.insert(at);
  if (ends.empty()) return out;
  for (std::size_t at = ends.back(); at < places.size(); at = before[at]) out.erase(at);
  return out;
}

std::string sentence(const Rule& rule) {
  return with_reason(rule_sentence(rule), rule.reason);
}

std::string sentence(const ProtocolEntry& entry) {
  return with_reason(protocol_sentence(entry), entry.reason);
}

// What has a name and a place: rules, or protocols.
template <typename Named>
void compare_named(std::string_view part, const std::vector<Named>& from, const std::vector<Named>& to,
                   Differences& all) {
  std::map<std::string_view, std::size_t> before;
  for (std::size_t at = 0; at < from.size(); at++) before.emplace(from[at].name, at);
  std::vector<std::size_t> places, kept;  // in the old and the new order
  for (std::size_t at = 0; at < to.size(); at++) {
    const auto found = before.find(to[at].name);
    if (found == before.end()) {
      all.push_back({PolicyChange::kCame, std::string(part), to[at].name, {}, sentence(to[at])});
      continue;
    }
    if (!(from[found->second] == to[at]))
      all.push_back({PolicyChange::kChanged, std::string(part), to[at].name, sentence(from[found->second]),
                     sentence(to[at])});
    places.push_back(found->second);
    kept.push_back(at);
    before.erase(found);
  }
  for (const auto& [name, at] : before)
    all.push_back({PolicyChange::kWent, std::string(part), std::string(name), sentence(from[at]), {}});
  for (const std::size_t at : moved(places)) {
    const auto place = [](std::size_t number) { return fmt::format("number {}", number + 1); };
    all.push_back(
        {PolicyChange::kMoved, std::string(part), to[kept[at]].name, place(places[at]), place(kept[at])});
  }
}

}  // namespace

std::string_view policy_change_name(PolicyChange change) {
  constexpr std::array<std::string_view, 4> kNames{"came", "went", "changed", "moved"};
  return kNames[static_cast<std::size_t>(change)];
}

std::vector<PolicyDifference> differences(const Policy& from, const Policy& to) {
  Differences all;
  compare_sources(from.allow, to.allow, false, all);
  compare_sources(from.block, to.block, true, all);
  compare_named("rule", from.rules, to.rules, all);
  compare_named("protocol", from.protocols, to.protocols, all);
  if (!(from.response == to.response))
    all.push_back({PolicyChange::kChanged, "response", "most_blocks", response_sentence(from.response),
                   response_sentence(to.response)});
  return all;
}

}  // namespace vedette
