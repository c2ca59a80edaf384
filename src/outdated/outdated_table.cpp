#include "outdated/outdated_table.h"

#include <fmt/format.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>

#include "outdated/built_in.h"

namespace vedette {

namespace {

constexpr std::string_view kSoftwareFacts[] = {"server_software", "client_software", "server"};

constexpr const char* kHostRules = "/etc/vedette/outdated.yaml";

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

// "7.4" of "7.4p1 Debian": the first number of `text`, with what follows it by dots.
std::string_view number_in(std::string_view text) {
  const auto begin = std::ranges::find_if(text, is_digit);
  const auto end =
      std::find_if(begin, text.end(), [](char letter) { return !is_digit(letter) && letter != '.'; });
  return {begin, end};
}

std::uint64_t take_part(std::string_view& number) {
  std::uint64_t part = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), part);
  if (error == std::errc::result_out_of_range) part = UINT64_MAX;
  number.remove_prefix(static_cast<std::size_t>(end - number.data()));
  if (number.starts_with('.')) number.remove_prefix(1);
  return part;
}

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// The version behind `product` in "Apache/2.4.6 (CentOS)", "OpenSSH_7.4p1"; empty where it isn't named so.
std::string_view version_of(std::string_view product, std::string_view text) {
  const auto found = std::search(text.begin(), text.end(), product.begin(), product.end(), same_letter);
  if (!product.empty() && found == text.end()) return {};
  std::string_view behind(found + static_cast<std::ptrdiff_t>(product.size()), text.end());
  constexpr std::string_view kBetween = "/_- v(";
  behind.remove_prefix(std::min(behind.find_first_not_of(kBetween), behind.size()));
  return !behind.empty() && is_digit(behind.front()) ? number_in(behind) : std::string_view{};
}

std::string place(const std::string& name, const YAML::Mark& mark) {
  return mark.is_null() ? name : fmt::format("{}: line {}, column {}", name, mark.line + 1, mark.column + 1);
}

bool has_fact(const Handshake& handshake, std::string_view name) {
  return std::ranges::any_of(handshake.facts, [&](const HandshakeFact& fact) { return fact.name == name; });
}

}  // namespace

std::optional<int> compare_versions(std::string_view a, std::string_view b) {
  std::string_view left = number_in(a), right = number_in(b);
  if (left.empty() || right.empty()) return {};
  while (!left.empty() || !right.empty()) {
    const std::uint64_t one = take_part(left), other = take_part(right);
    if (one != other) return one < other ? -1 : 1;
  }
  return 0;
}

OutdatedTable OutdatedTable::built_in() {
  OutdatedTable table;
  auto rules = parse(std::string(built_in_outdated_rules()), "data/outdated.yaml");
  assert(rules.has_value());
  table.rules_ = std::move(*rules);
  return table;
}

Result<OutdatedTable> OutdatedTable::of_this_host(std::span<const std::string> files) {
  OutdatedTable table = built_in();
  if (access(kHostRules, F_OK) == 0)
    if (auto added = table.add_file(kHostRules); !added) return std::unexpected(added.error());
  for (const std::string& file : files)
    if (auto added = table.add_file(file); !added) return std::unexpected(added.error());
  return table;
}

Result<void> OutdatedTable::add_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return unusable(path, "can't be read");
  auto rules = parse({std::istreambuf_iterator<char>(file), {}}, path);
  if (!rules) return std::unexpected(rules.error());
  rules_.insert(rules_.begin(), std::make_move_iterator(rules->begin()),
                std::make_move_iterator(rules->end()));
  return {};
}

// False where no rule has such a member.
bool OutdatedTable::read_member(Rule& rule, const std::string& key, const YAML::Node& value) {
  if (key == "versions" || key == "unless") {
    (key == "versions" ? rule.versions : rule.unless) = value.as<std::vector<std::string>>();
    return true;
  }
  if (key == "software") {
    rule.software = value.as<std::string>();
    return true;
  }
  if (key == "outdated") {
    rule.outdated = value.as<bool>();
    return true;
  }
  struct Text {
    std::string_view name;
    std::string Rule::*member;
  };
  constexpr Text kTexts[] = {{"protocol", &Rule::protocol},
                             {"below", &Rule::below},
                             {"since", &Rule::since},
                             {"why", &Rule::why},
                             {"source", &Rule::source}};
  const auto* text = std::ranges::find(kTexts, std::string_view(key), &Text::name);
  if (text == std::end(kTexts)) return false;
  rule.*text->member = value.as<std::string>();
  return true;
}

// What a rule lacks; empty where it is complete.
std::string OutdatedTable::flaw(const Rule& rule) {
  if (rule.protocol.empty()) return "expected a protocol, found none in this rule";
  if (rule.outdated && rule.why.empty()) return "expected why, found none in this rule";
  if (!rule.below.empty() && number_in(rule.below).empty())
    return fmt::format("expected a number in below, found \"{}\"", rule.below);
  if (rule.software && rule.below.empty() && rule.versions.empty())
    return "expected below or versions beside software, found neither";
  return {};
}

Result<std::vector<OutdatedTable::Rule>> OutdatedTable::parse(const std::string& text,
                                                              const std::string& name) {
  std::vector<Rule> rules;
  try {
    const YAML::Node list = YAML::Load(text);
    if (!list.IsNull() && !list.IsSequence())
      return unusable(place(name, list.Mark()), "expected a list of rules");
    for (const YAML::Node& node : list) {
      if (!node.IsMap()) return unusable(place(name, node.Mark()), "expected a rule: protocol, versions, …");
      Rule& rule = rules.emplace_back();
      for (const auto& member : node)
        if (const auto key = member.first.as<std::string>(); !read_member(rule, key, member.second))
          return unusable(place(name, member.first.Mark()),
                          fmt::format("expected protocol, versions, below, software, unless, since, why, "
                                      "source or outdated, found \"{}\"",
                                      key));
      if (std::string what = flaw(rule); !what.empty())
        return unusable(place(name, node.Mark()), std::move(what));
    }
  } catch (const YAML::Exception& error) {
    return unusable(place(name, error.mark), error.msg);
  }
  return rules;
}

bool OutdatedTable::fits_software(const Rule& rule, const Handshake& handshake) {
  for (const HandshakeFact& fact : handshake.facts) {
    if (std::ranges::find(kSoftwareFacts, fact.name) == std::end(kSoftwareFacts)) continue;
    const std::string_view version = version_of(*rule.software, fact.text);
    if (version.empty()) continue;
    if (std::ranges::find(rule.versions, version) != rule.versions.end()) return true;
    if (!rule.below.empty() && compare_versions(version, rule.below) == -1) return true;
  }
  return false;
}

bool OutdatedTable::fits(const Rule& rule, const Handshake& handshake, std::string_view version) {
  if (rule.protocol != handshake.app) return false;
  if (std::ranges::any_of(rule.unless, [&](const std::string& name) { return has_fact(handshake, name); }))
    return false;
  if (rule.software) return fits_software(rule, handshake);
  if (rule.versions.empty() && rule.below.empty()) return true;
  if (std::ranges::find(rule.versions, version) != rule.versions.end()) return true;
  return !rule.below.empty() && compare_versions(version, rule.below) == -1;
}

const OutdatedTable::Rule* OutdatedTable::first_fit(const Handshake& handshake,
                                                    std::string_view version) const {
  const auto found =
      std::ranges::find_if(rules_, [&](const Rule& rule) { return fits(rule, handshake, version); });
  return found == rules_.end() || !found->outdated ? nullptr : &*found;
}

std::optional<std::string> OutdatedTable::reason(const Handshake& handshake) const {
  const Rule* rule = first_fit(handshake, handshake.app_version);
  const auto offered =
      std::ranges::find(handshake.facts, std::string_view("offered_versions"), &HandshakeFact::name);
  if (rule == nullptr && handshake.app_version.empty() && offered != handshake.facts.end())
    for (const std::string& version : offered->list)
      if ((rule = first_fit(handshake, version)) == nullptr) break;
  if (rule == nullptr) return {};
  std::string text = rule->why;
  if (!rule->since.empty() || !rule->source.empty())
    text += fmt::format(" ({}{}{}{})", rule->since.empty() ? "" : "since ", rule->since,
                        rule->since.empty() || rule->source.empty() ? "" : "; ", rule->source);
  return text;
}

}  // namespace vedette
