#include "policy/yaml_members.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "policy/near_word.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

constexpr std::size_t kMostValues = 2'000'000;  // a list of a million prefixes, and reasons

std::string_view kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a mapping";
  if (node.IsSequence()) return "a list";
  return "nothing";
}

}  // namespace

void YamlMembers::flaw(const YAML::Mark& at, std::string what, std::string hint) {
  if (full()) return;
  PolicyFlaw flaw{.what = std::move(what), .hint = std::move(hint)};
  if (!at.is_null()) {
    flaw.line = static_cast<std::uint32_t>(at.line) + 1;
    flaw.column = static_cast<std::uint32_t>(at.column) + 1;
  }
  flaws_.push_back(std::move(flaw));
}

void YamlMembers::flaw(const YAML::Node& at, std::string what, std::string hint) {
  flaw(at.Mark(), std::move(what), std::move(hint));
}

std::vector<PolicyFlaw> YamlMembers::take() {
  std::ranges::stable_sort(flaws_, [](const PolicyFlaw& left, const PolicyFlaw& right) {
    return std::tie(left.line, left.column) < std::tie(right.line, right.column);
  });
  return std::exchange(flaws_, {});
}

bool YamlMembers::spend(const YAML::Node& at) {
  if (full()) return false;
  if (++spent_ <= kMostValues) return true;
  flaw(at, fmt::format("expected {} values at most, found more", kMostValues));
  exhausted_ = true;
  return false;
}

std::optional<std::string> YamlMembers::text(const YAML::Node& node, std::string_view what) {
  if (!spend(node)) return {};
  if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
  // "[syn, !ack]": what begins with "!" is a tag, where it isn't quoted.
  const bool tagged = node.Tag().size() > 1 && node.Tag()[0] == '!';
  std::string hint;
  if (tagged) hint = fmt::format("\"{}\" must stand in quotes", node.Tag());
  if (node.IsMap()) hint = "what ends with a colon, as an address may, must stand in quotes";
  flaw(node, fmt::format("expected {}, found {}", what, kind_of(node)), std::move(hint));
  return {};
}

std::optional<bool> YamlMembers::truth(const YAML::Node& node) {
  const auto word = text(node, "true or false");
  if (!word) return {};
  if (*word == "true" || *word == "false") return *word == "true";
  flaw(node, unexpected_word("true or false", *word));
  return {};
}

void YamlMembers::each(const YAML::Node& node, std::string_view what, const Take& take) {
  if (!node.IsSequence()) return take(node);
  if (node.size() == 0) flaw(node, fmt::format("expected {}, found an empty list", what));
  for (const YAML::Node& item : node) {
    if (!spend(item)) return;
    take(item);
  }
}

void YamlMembers::items(const YAML::Node& node, std::string_view what, const Take& take) {
  if (node.IsNull()) return;
  if (!node.IsSequence())
    return flaw(node, fmt::format("expected a list of {}, found {}", what,
                                  node.IsMap() ? "a mapping" : fmt::format("\"{}\"", node.Scalar())));
  for (const YAML::Node& item : node) {
    if (!spend(item)) return;
    take(item);
  }
}

void YamlMembers::members(const YAML::Node& node, std::string_view what, std::span<const Member> members) {
  if (!node.IsMap()) {
    const std::string found =
        node.IsScalar() ? fmt::format("\"{}\"", node.Scalar()) : std::string(kind_of(node));
    return flaw(node, fmt::format("expected {}, found {}", what, found));
  }
  std::vector<std::string_view> names;
  for (const Member& member : members) names.push_back(member.name);
  std::vector<std::optional<YAML::Node>> found(members.size());
  for (const auto& member : node) {
    const YAML::Node &key = member.first, &value = member.second;
    if (!spend(key)) return;
    const std::string name = key.IsScalar() ? key.Scalar() : std::string();
    const auto known = std::ranges::find(names, std::string_view(name));
    if (known == names.end()) {
      std::string hint = did_you_mean(name, names);
      if (hint.empty()) hint = fmt::format("{} has {}", what, fmt::join(names, ", "));
      flaw(key, fmt::format("expected a member of {}, found \"{}\"", what, name), std::move(hint));
      continue;
    }
    auto& place = found[static_cast<std::size_t>(known - names.begin())];
    if (place) {
      flaw(key, fmt::format("expected \"{}\" once, found it again", name));
      continue;
    }
    place.emplace(value);
  }
  for (std::size_t at = 0; at < members.size(); at++) {
    if (found[at])
      members[at].take(*found[at]);
    else if (members[at].required)
      flaw(node, fmt::format("expected \"{}\" in {}, found none", members[at].name, what));
  }
}

}  // namespace vedette
