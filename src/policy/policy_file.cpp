#include "policy/policy_file.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "policy/named_sets.h"
#include "policy/policy_words.h"
#include "policy/protocol_reader.h"
#include "policy/rule_reader.h"
#include "policy/yaml_members.h"

namespace vedette {

namespace {

using Places = std::map<Prefix, std::uint32_t>;  // an entry's line

// `allowed`: of an entry of block, what allow has.
void read_entry(YamlMembers& yaml, const NamedSets& sets, const YAML::Node& node, const Places* allowed,
                Places& known, std::vector<PolicySource>& list) {
  PolicySource entry;
  entry.line = line_of(node);
  std::vector<Prefix> prefixes;
  const auto read_prefixes = [&](const YAML::Node& value) { prefixes = sets.networks(yaml, value); };
  const auto read_why = [&](const YAML::Node& value) { entry.reason = read_reason(yaml, value); };
  const auto read_ttl = [&](const YAML::Node& value) {
    entry.ttl = yaml.value(value, "a time like 10m", read_duration);
  };
  const auto read_observe = [&](const YAML::Node& value) {
    entry.observe = yaml.truth(value).value_or(false);
  };
  if (node.IsScalar())
    read_prefixes(node);
  else if (allowed != nullptr)
    yaml.members(node, "an entry of block",
                 {{"prefix", read_prefixes, true},
                  {"reason", read_why},
                  {"ttl", read_ttl},
                  {"observe", read_observe}});
  else
    yaml.members(node, "an entry of allow",
                 {{"prefix", read_prefixes, true}, {"reason", read_why}, {"ttl", read_ttl}});
  for (const Prefix& prefix : prefixes) {
    const auto [other, is_new] = known.emplace(prefix, entry.line);
    if (!is_new) {
      yaml.flaw(node, fmt::format("expected {} once, found it again", prefix_text(prefix)),
                fmt::format("the other one is in line {}", other->second));
      continue;
    }
    if (const auto same = allowed ? allowed->find(prefix) : known.end(); allowed && same != allowed->end())
      yaml.flaw(node, fmt::format("expected {} in one of the lists, found it in both", prefix_text(prefix)),
                fmt::format("allow has it in line {}, and wins", same->second));
    entry.prefix = prefix;
    list.push_back(entry);
  }
}

void read_version(YamlMembers& yaml, const YAML::Node& node) {
  const auto text = yaml.text(node, "the format's version, 1");
  if (text && *text != fmt::to_string(kPolicyVersion))
    yaml.flaw(node, unexpected_word(fmt::format("the format's version, {}", kPolicyVersion), *text));
}

void read_response(YamlMembers& yaml, const YAML::Node& node, PolicyResponse& response) {
  const std::string what = fmt::format("a number of blocks of 0 to {}", kMostBlocksLimit);
  response.line = line_of(node);
  yaml.members(node, "a response",
               {{"most_blocks",
                 [&](const YAML::Node& value) {
                   const auto number = yaml.value(value, what, [&](std::string_view text) {
                     return read_number(text, 0, kMostBlocksLimit, what);
                   });
                   if (number) response.most_blocks = static_cast<std::uint32_t>(*number);
                 },
                 true}});
}

void read_document(YamlMembers& yaml, const YAML::Node& document, Policy& policy) {
  NamedSets sets;
  RuleReader rules(yaml, sets);
  ProtocolReader protocols(yaml, rules);
  Places allowed, blocked;
  const auto append = [&](std::vector<Rule> more) {
    policy.rules.insert(policy.rules.end(), std::make_move_iterator(more.begin()),
                        std::make_move_iterator(more.end()));
  };
  yaml.members(document, "a policy",
               {{"version", [&](const YAML::Node& node) { read_version(yaml, node); }, true},
                {"sets", [&](const YAML::Node& node) { sets.read(yaml, node); }},
                {"allow",
                 [&](const YAML::Node& node) {
                   yaml.items(node, "addresses and networks", [&](const YAML::Node& item) {
                     read_entry(yaml, sets, item, nullptr, allowed, policy.allow);
                   });
                 }},
                {"block",
                 [&](const YAML::Node& node) {
                   yaml.items(node, "addresses and networks", [&](const YAML::Node& item) {
                     read_entry(yaml, sets, item, &allowed, blocked, policy.block);
                   });
                 }},
                {"rules", [&](const YAML::Node& node) { append(rules.rules(node)); }},
                {"services", [&](const YAML::Node& node) { append(rules.services(node)); }},
                {"rates", [&](const YAML::Node& node) { append(rules.rates(node)); }},
                {"protocols", [&](const YAML::Node& node) { policy.protocols = protocols.entries(node); }},
                {"response", [&](const YAML::Node& node) { read_response(yaml, node, policy.response); }}});
  std::vector<ProtocolEntry> first = rules.take_app_rules();
  policy.protocols.insert(policy.protocols.begin(), std::make_move_iterator(first.begin()),
                          std::make_move_iterator(first.end()));
}

// Says whether there is a second document, and where; builds nothing.
class Documents final : public YAML::EventHandler {
 public:
  // Not YAML::LoadAll(): of "," it finds documents without an end.
  [[nodiscard]] static std::optional<YAML::Mark> second(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Documents documents;
    if (!parser.HandleNextDocument(documents) || !parser.HandleNextDocument(documents)) return {};
    return documents.begun_;
  }

  void OnDocumentStart(const YAML::Mark& mark) override { begun_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}

 private:
  YAML::Mark begun_;
};

}  // namespace

ReadPolicy parse_policy(std::string_view text) {
  ReadPolicy read;
  YamlMembers yaml;
  try {
    const std::string all(text);
    if (const auto second = Documents::second(all))
      yaml.flaw(*second, "expected one document, found another behind it");
    const YAML::Node document = YAML::Load(all);
    if (document.IsNull())
      yaml.flaw(YAML::Mark::null_mark(), "expected a policy, found nothing",
                "\"version: 1\" is the least one");
    else
      read_document(yaml, document, read.policy);
  } catch (const YAML::Exception& error) {
    yaml.flaw(error.mark, "expected YAML, found something else: " + error.msg);
  }
  read.flaws = yaml.take();
  return read;
}

Result<std::string> policy_file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, std::size_t{64} << 10> piece;
  while (file && text.size() <= kLongestPolicy) {
    file.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.eof() && text.size() <= kLongestPolicy) return unusable(path, "can't be read");
  if (text.size() > kLongestPolicy)
    return unusable(path, fmt::format("expected {} bytes at most, found more", kLongestPolicy));
  return text;
}

Result<Policy> read_policy(std::string_view text, std::string_view file) {
  ReadPolicy read = parse_policy(text);
  if (!read.flaws.empty()) return std::unexpected(flaws_error(read.flaws, file));
  return std::move(read.policy);
}

}  // namespace vedette
