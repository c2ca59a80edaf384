// Walks a policy's YAML and keeps what is wrong with it, so that one reading tells all flaws at once. The
// values are given to functions as they stand in the file; what has a flaw isn't given.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy_flaw.h"

namespace vedette {

// From 1.
[[nodiscard]] inline std::uint32_t line_of(const YAML::Node& node) {
  return static_cast<std::uint32_t>(node.Mark().line) + 1;
}

// One thread.
class YamlMembers {
 public:
  using Take = std::function<void(const YAML::Node& node)>;

  // Keeps a flaw at the node's place.
  void flaw(const YAML::Node& at, std::string what, std::string hint = {});
  void flaw(const YAML::Node& at, const Error& error) { flaw(at, error.what, error.hint); }
  void flaw(const YAML::Mark& at, std::string what, std::string hint = {});

  // So many flaws that reading on is of no use.
  [[nodiscard]] bool full() const { return flaws_.size() >= kFlawsTold || exhausted_; }
  [[nodiscard]] bool empty() const { return flaws_.empty(); }
  // In the file's order.
  [[nodiscard]] std::vector<PolicyFlaw> take();

  // A scalar's text; a flaw, and nothing, where it is no scalar or empty. `what`: what it should be.
  [[nodiscard]] std::optional<std::string> text(const YAML::Node& node, std::string_view what);
  // Of a scalar that `read` takes; a flaw, and nothing, otherwise.
  template <typename Read>
  auto value(const YAML::Node& node, std::string_view what, Read&& read)
      -> std::optional<typename decltype(read(std::string_view()))::value_type> {
    const auto word = text(node, what);
    if (!word) return {};
    auto found = read(std::string_view(*word));
    if (found) return std::move(*found);
    flaw(node, found.error());
    return {};
  }
  // true or false.
  [[nodiscard]] std::optional<bool> truth(const YAML::Node& node);

  // Each item of a list, or the node itself where it is none. An empty list is a flaw.
  void each(const YAML::Node& node, std::string_view what, const Take& take);
  // Each item of a list that may be empty or left out; anything else is a flaw.
  void items(const YAML::Node& node, std::string_view what, const Take& take);

  struct Member {
    std::string_view name;
    Take take;
    bool required = false;
  };
  // Hands each member of a mapping to the one that is named so, in `members`' order. Unknown members, and one
  // that stands there twice, are flaws, as are missing ones. `what`: "a rule".
  void members(const YAML::Node& node, std::string_view what, std::span<const Member> members);
  void members(const YAML::Node& node, std::string_view what, std::initializer_list<Member> list) {
    members(node, what, std::span(list.begin(), list.size()));
  }

 private:
  // Aliases name the same values again and again: a small file could keep a reader busy for ever.
  [[nodiscard]] bool spend(const YAML::Node& at);

  std::vector<PolicyFlaw> flaws_;
  std::size_t spent_ = 0;
  bool exhausted_ = false;
};

}  // namespace vedette
