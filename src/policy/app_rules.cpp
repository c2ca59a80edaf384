// Rules that ask what a connection speaks. It shows by the first payload, once the other rules have let the
// connection's begin in: so these are asked behind the others, as the first entries of the protocol policy.
// Where that would decide otherwise than the file's order says, the file is refused.
#include <fmt/format.h>

#include <algorithm>

#include "abi/protocols.h"
#include "policy/cover.h"
#include "policy/evaluate.h"
#include "policy/policy_words.h"
#include "policy/rule_reader.h"

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

// Whether a connection's first packet may be one of these, as such packets usually look.
bool takes_begins(const Match& match) {
  constexpr std::uint8_t kSyn = 0x02;
  return match.icmp.empty() && match.length.empty() && match.ttl.empty() && match.payload.empty() &&
         !match.fragment.value_or(false) &&
         (match.tcp_flags.empty() || std::ranges::any_of(match.tcp_flags, [](const FlagsMatch& flags) {
            return (kSyn & flags.mask) == flags.value;
          }));
}

constexpr std::string_view kNotOfConnections =
    "expected pass, drop, reject, mark, dscp or sample by what a connection speaks, found another verdict";

// Others can be had by what its packets are alone.
bool is_of_connections(RuleVerdict verdict) {
  return verdict != RuleVerdict::kLimit && verdict != RuleVerdict::kRedirect;
}

bool is_of_connections(Match match) {
  match.source.clear();
  match.destination.clear();
  match.destination_port.clear();
  match.protocol.clear();
  match.country.clear();
  match.destination_country.clear();
  match.asn.clear();
  match.destination_asn.clear();
  return match == Match();
}

}  // namespace

void RuleReader::apps(const YAML::Node& node, std::vector<AppMatch>& apps) {
  yaml_.each(node, "an application", [&](const YAML::Node& item) {
    auto app = yaml_.value(item, "an application", read_app);
    if (!app) return;
    if (std::ranges::find(apps, *app) != apps.end())
      return yaml_.flaw(item, fmt::format("expected \"{}\" once, found it again", app_word(*app)));
    apps.push_back(std::move(*app));
  });
}

void RuleReader::take_app_rule(const Written& written) {
  const Rule& rule = written.rule;
  if (!is_of_connections(rule.match))
    return yaml_.flaw(written.node,
                      "expected source, destination, destination_port, protocol, countries and autonomous "
                      "systems beside app, found something else",
                      "a connection speaks it, not one packet");
  if (!is_of_connections(rule.verdict)) return yaml_.flaw(written.node, std::string(kNotOfConnections));
  if (rule.verdict == RuleVerdict::kPass && rule.observe)
    return yaml_.flaw(written.node,
                      "expected observe of a rule with another verdict, found it of one that lets pass");
  of_connections(written.node, rule.match);
  ProtocolEntry& entry = app_rules_.emplace_back();
  entry.name = rule.name;
  entry.apps = written.apps;
  entry.where = rule.match;
  entry.verdict = rule.verdict;
  entry.value = rule.value;
  entry.observe = rule.observe;
  entry.reason = rule.reason;
  entry.line = rule.line;
  bound(written.node, entry);
}

void RuleReader::verdict_of_connections(const YAML::Node& node, ProtocolEntry& entry) {
  Rule rule;
  verdict(node, rule);
  if (!is_of_connections(rule.verdict)) return yaml_.flaw(node, std::string(kNotOfConnections));
  entry.verdict = rule.verdict;
  entry.value = rule.value;
}

void RuleReader::bound(const YAML::Node& node, const ProtocolEntry& entry) {
  const std::size_t before = std::exchange(rows_, rows_ + rows_of(entry));
  if (rows_ > VDT_PROTOCOL_ROWS && before <= VDT_PROTOCOL_ROWS)
    yaml_.flaw(node, fmt::format("expected {} combinations of networks and ports at most in all protocols, "
                                 "found more",
                                 VDT_PROTOCOL_ROWS));
  if (entries_++ == VDT_PROTOCOL_ENTRIES)
    yaml_.flaw(node, fmt::format("expected {} protocols at most, found more", VDT_PROTOCOL_ENTRIES));
}

// An observing rule decides nothing.
void RuleReader::keep_order(const std::vector<Written>& written) {
  for (std::size_t at = 0; at < written.size(); at++) {
    const Written& asks = written[at];
    if (asks.apps.empty() || asks.rule.observe) continue;
    const bool passes = !keeps_out(asks.rule);
    Match where = asks.rule.match;
    if (where.protocol.empty()) where.protocol = {kTcp, kUdp};
    for (std::size_t beside = 0; beside < written.size(); beside++) {
      const Rule& other = written[beside].rule;
      if (!written[beside].apps.empty() || other.observe || !may_meet(other.match, where)) continue;
      if (beside < at && !keeps_out(other)) {
        yaml_.flaw(asks.node,
                   fmt::format("expected {} before {} (line {}), which lets some of the same pass, found it "
                               "behind",
                               asks.rule.name, other.name, other.line),
                   "what a connection speaks is asked once it was let in");
        break;
      }
      if (beside > at && passes && keeps_out(other) && takes_begins(other.match)) {
        yaml_.flaw(asks.node,
                   fmt::format("expected no rule behind {} that drops some of the same, found {} (line {})",
                               asks.rule.name, other.name, other.line),
                   "a connection's first packets don't show what it speaks");
        break;
      }
    }
  }
}

}  // namespace vedette
