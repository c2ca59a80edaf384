// `services:`: what a host serves, and to whom, as rules. To each protocol that a profile speaks of belong a
// rule for each of its lines, which passes, and a last one that drops what else would begin: of TCP the SYNs
// alone, so that the answers to this host's own connections go on.
#include <fmt/format.h>

#include "policy/policy_words.h"
#include "policy/rule_reader.h"

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr FlagsMatch kOpening{.mask = 0x12, .value = 0x02};  // SYN without ACK

struct Profile {
  std::string name;
  std::vector<Prefix> address;
  std::vector<Rule> rules;
  std::string reason;
  bool observe = false;
  bool speaks = false;  // of TCP or UDP
};

}  // namespace

std::vector<Rule> RuleReader::services(const YAML::Node& node) {
  std::vector<Rule> all;
  const auto read_line = [&](const YAML::Node& item, Rule& rule) {
    if (!item.IsMap()) {
      rule.match.destination_port = sets_.ports(yaml_, item);
      return;
    }
    yaml_.members(
        item, "what is served",
        {{"port", [&](const YAML::Node& value) { rule.match.destination_port = sets_.ports(yaml_, value); }},
         {"source_port",
          [&](const YAML::Node& value) { rule.match.source_port = sets_.ports(yaml_, value); }},
         {"from", [&](const YAML::Node& value) { rule.match.source = sets_.networks(yaml_, value); }},
         {"limit", [&](const YAML::Node& value) {
            rule.verdict = RuleVerdict::kLimit;
            rule.rates = limits(value);
          }}});
    if (rule.match.destination_port.empty() && rule.match.source_port.empty() && rule.match.source.empty())
      yaml_.flaw(item, "expected port, source_port or from, found none of them");
  };
  const auto read_protocol_lines = [&](const YAML::Node& lines, Profile& profile, std::uint8_t protocol) {
    const std::string_view word = protocol == kTcp ? "tcp" : "udp";
    std::size_t number = 0;
    profile.speaks = true;
    const auto add = [&](const YAML::Node& item, Rule rule, std::string_view last) {
      rule.name = fmt::format("{}.{}.{}", profile.name, word, last);
      rule.match.protocol = {protocol};
      rule.line = line_of(item);
      profile.rules.push_back(std::move(rule));
    };
    const auto take = [&](const YAML::Node& item) {
      Rule rule;
      read_line(item, rule);
      add(item, std::move(rule), fmt::to_string(++number));
    };
    if (lines.IsSequence())
      yaml_.items(lines, "ports", take);
    else if (!(lines.IsScalar() && lines.Scalar() == "none"))
      take(lines);
    Rule other;
    other.verdict = RuleVerdict::kDrop;
    if (protocol == kTcp) other.match.tcp_flags = {kOpening};
    add(lines, std::move(other), "other");
  };
  yaml_.items(node, "services", [&](const YAML::Node& item) {
    Profile profile;
    std::optional<YAML::Node> named;
    yaml_.members(
        item, "a service",
        {{"name",
          [&](const YAML::Node& value) {
            profile.name = name(value, "a service's name");
            named = value;
          },
          true},
         {"address", [&](const YAML::Node& value) { profile.address = sets_.networks(yaml_, value); }, true},
         {"tcp", [&](const YAML::Node& value) { read_protocol_lines(value, profile, kTcp); }},
         {"udp", [&](const YAML::Node& value) { read_protocol_lines(value, profile, kUdp); }},
         {"observe", [&](const YAML::Node& value) { profile.observe = yaml_.truth(value).value_or(false); }},
         {"reason", [&](const YAML::Node& value) { profile.reason = read_reason(yaml_, value); }}});
    if (item.IsMap() && !profile.speaks)
      yaml_.flaw(item, "expected tcp or udp in a service, found neither",
                 "\"tcp: none\" is one that serves nothing over TCP");
    for (Rule& rule : profile.rules) {
      rule.match.destination = profile.address;
      rule.reason = profile.reason;
      rule.observe = profile.observe;
      if (named && !is_new(*named, rule.name)) break;
      all.push_back(std::move(rule));
    }
  });
  return all;
}

}  // namespace vedette
