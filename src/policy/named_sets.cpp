#include "policy/named_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "policy/near_word.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

constexpr std::string_view kNetwork =
    "an address, a prefix like 192.0.2.0/24, or the name of a set of networks";
constexpr std::string_view kPort =
    "a port, a range like 1000-2000, a service's name or the name of a set of ports";

template <typename T>
struct Said {
  T value;
  YAML::Mark place;  // a node can't be moved: assigning to one changes what it stands for
};

bool holds(const Prefix& wide, const Prefix& narrow) {
  return wide.holds(narrow);
}

// Of ranges that are in order; parts are enough to be too many.
bool holds(const NumberRange& before, const NumberRange& after) {
  return after.first <= before.last;
}

bool before(const Prefix& left, const Prefix& right) {
  return left < right;
}

bool before(const NumberRange& left, const NumberRange& right) {
  return left.first != right.first ? left.first < right.first : left.last > right.last;
}

std::string text_of(const Prefix& prefix) {
  return prefix_text(prefix);
}

std::string text_of(const NumberRange& range) {
  return range_text(range);
}

void join(Prefix&, const Prefix&) {}

void join(NumberRange& range, const NumberRange& other) {
  range.last = std::max(range.last, other.last);
}

template <typename T>
void refuse_overlaps(YamlMembers& yaml, std::vector<Said<T>>& said) {
  std::ranges::stable_sort(said, [](const auto& a, const auto& b) { return before(a.value, b.value); });
  for (std::size_t at = 1, wide = 0; at < said.size(); at++) {
    const Said<T>&one = said[at], &other = said[wide];
    if (!holds(other.value, one.value)) {
      wide = at;
    } else if (one.value == other.value) {
      yaml.flaw(one.place, fmt::format("expected {} once, found it again", text_of(one.value)));
    } else {
      yaml.flaw(one.place,
                fmt::format("expected what isn't in this list already, found {}", text_of(one.value)),
                fmt::format("{} holds some of it or all", text_of(other.value)));
    }
  }
}

template <typename T>
std::vector<T> normal(std::vector<T> values) {
  std::ranges::sort(values, [](const T& a, const T& b) { return before(a, b); });
  std::vector<T> kept;
  for (const T& value : values) {
    if (!kept.empty() && holds(kept.back(), value))
      join(kept.back(), value);
    else
      kept.push_back(value);
  }
  return kept;
}

template <typename T, typename Read>
std::vector<T> read_list(YamlMembers& yaml, const YAML::Node& node, std::string_view what,
                         const std::map<std::string, std::vector<T>, std::less<>>& sets, Read&& read) {
  std::vector<Said<T>> said;
  std::vector<T> all;
  yaml.each(node, what, [&](const YAML::Node& item) {
    const auto word = yaml.text(item, what);
    if (!word) return;
    if (const auto set = sets.find(*word); set != sets.end()) {
      all.insert(all.end(), set->second.begin(), set->second.end());
      return;
    }
    Result<T> value = read(std::string_view(*word));
    if (!value) {
      std::vector<std::string_view> names;
      for (const auto& [name, values] : sets) names.push_back(name);
      std::string hint = did_you_mean(*word, names);
      return yaml.flaw(item, value.error().what, hint.empty() ? value.error().hint : std::move(hint));
    }
    all.push_back(*value);
    said.push_back({*value, item.Mark()});
  });
  refuse_overlaps(yaml, said);
  return normal(std::move(all));
}

Result<Prefix> read_network(std::string_view text) {
  auto prefix = parse_prefix(text);
  if (prefix) return prefix;
  const Error& told = prefix.error();
  const bool bits = told.what.starts_with("bits");
  return std::unexpected(
      unexpected_word(bits ? "no bits behind the prefix' length" : told.what.substr(sizeof("expected ") - 1),
                      text, told.hint));
}

bool is_set_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= 64 && letter(name[0]) && std::ranges::all_of(name, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void for_each_set(YamlMembers& yaml, const YAML::Node& node, std::string_view what,
                  const std::function<bool(const std::string&)>& known,
                  const std::function<void(const std::string&, const YAML::Node&)>& take) {
  if (node.IsNull()) return;
  if (!node.IsMap())
    return yaml.flaw(node, fmt::format("expected a mapping of names to {}, found something else", what));
  for (const auto& member : node) {
    const YAML::Node &key = member.first, &value = member.second;
    const auto name = yaml.text(key, "a set's name");
    if (!name) return;
    if (!is_set_name(*name))
      yaml.flaw(key, unexpected_word("a name of a letter, then letters, digits, \"-\" and \"_\"", *name));
    else if (known(*name))
      yaml.flaw(key, fmt::format("expected \"{}\" once, found it again", *name));
    else
      take(*name, value);
  }
}

}  // namespace

void NamedSets::read(YamlMembers& yaml, const YAML::Node& node) {
  yaml.members(node, "sets",
               {{"networks",
                 [&](const YAML::Node& sets) {
                   for_each_set(
                       yaml, sets, "networks",
                       [&](const std::string& name) { return networks_.contains(name); },
                       [&](const std::string& name, const YAML::Node& list) {
                         auto read = networks(yaml, list);
                         networks_.emplace(name, std::move(read));
                       });
                 }},
                {"ports", [&](const YAML::Node& sets) {
                   for_each_set(
                       yaml, sets, "ports", [&](const std::string& name) { return ports_.contains(name); },
                       [&](const std::string& name, const YAML::Node& list) {
                         auto read = ports(yaml, list);
                         ports_.emplace(name, std::move(read));
                       });
                 }}});
}

std::vector<Prefix> NamedSets::networks(YamlMembers& yaml, const YAML::Node& node) const {
  return read_list<Prefix>(yaml, node, kNetwork, networks_, read_network);
}

std::vector<NumberRange> NamedSets::ports(YamlMembers& yaml, const YAML::Node& node) const {
  return read_list<NumberRange>(yaml, node, kPort, ports_, read_port);
}

std::vector<NumberRange> read_ranges(YamlMembers& yaml, const YAML::Node& node, std::uint16_t high,
                                     std::string_view what) {
  return read_list<NumberRange>(yaml, node, what, {},
                                [&](std::string_view text) { return read_range(text, high, what); });
}

}  // namespace vedette
