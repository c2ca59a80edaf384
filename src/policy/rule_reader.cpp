#include "policy/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/near_word.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

// Of a burst in its rate; far below VDT_RATE_AHEAD_MAX (abi/rules.h), beyond which one would count as less.
constexpr std::uint64_t kBurstSeconds = 1000;

bool is_rule_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

}  // namespace

std::string read_reason(YamlMembers& yaml, const YAML::Node& node) {
  const auto text = yaml.text(node, "a reason");
  if (!text) return {};
  if (std::ranges::any_of(*text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    yaml.flaw(node, "expected a reason of one line, found control characters");
  else if (text->size() > kLongestReason)
    yaml.flaw(node,
              fmt::format("expected a reason of {} bytes at most, found {}", kLongestReason, text->size()));
  else
    return *text;
  return {};
}

std::string RuleReader::name(const YAML::Node& node, std::string_view what) {
  const auto text = yaml_.text(node, what);
  if (!text) return {};
  if (is_rule_name(*text)) return *text;
  yaml_.flaw(node, unexpected_word("a name of 1 to 64 letters, digits, \"-\", \"_\" and \".\"", *text));
  return {};
}

bool RuleReader::is_new(const YAML::Node& node, const std::string& name) {
  if (name.empty() || names_.insert(name).second) return true;
  yaml_.flaw(node, fmt::format("expected a name that no other rule has, found \"{}\" again", name));
  return false;
}

std::string RuleReader::interface(const YAML::Node& node) {
  constexpr std::size_t kLongest = 15;  // IFNAMSIZ less the last 0
  const auto text = yaml_.text(node, "an interface's name");
  if (!text) return {};
  const bool usable =
      text->size() <= kLongest && *text != "." && *text != ".." &&
      std::ranges::all_of(*text, [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; });
  if (usable) return *text;
  yaml_.flaw(node, unexpected_word("an interface's name of 1 to 15 characters", *text));
  return {};
}

void RuleReader::limit(const YAML::Node& node, std::vector<Rate>& rates) {
  std::optional<Rate> rate;
  if (node.IsScalar()) {
    rate = yaml_.value(node, "a rate like 1000/s", read_rate);
  } else {
    std::optional<std::uint64_t> burst, prefix4, prefix6;
    RatePer per = RatePer::kAll;
    const auto bits = [&](const YAML::Node& value, std::uint64_t longest) {
      const std::string what = fmt::format("a length of 1 to {} bits", longest);
      return yaml_.value(value, what,
                         [&](std::string_view text) { return read_number(text, 1, longest, what); });
    };
    yaml_.members(
        node, "a limit",
        {{"rate",
          [&](const YAML::Node& value) { rate = yaml_.value(value, "a rate like 1000/s", read_rate); }, true},
         {"per",
          [&](const YAML::Node& value) {
            per = yaml_.value(value, "whose packets are counted together", read_rate_per)
                      .value_or(RatePer::kAll);
          }},
         {"burst",
          [&](const YAML::Node& value) { burst = yaml_.value(value, "an amount like 3000", read_amount); }},
         {"prefix4", [&](const YAML::Node& value) { prefix4 = bits(value, 32); }},
         {"prefix6", [&](const YAML::Node& value) { prefix6 = bits(value, 128); }}});
    if (!rate) return;
    rate->per = per;
    if (burst) rate->burst = *burst;
    if ((prefix4 || prefix6) && per != RatePer::kSourcePrefix)
      yaml_.flaw(node, "expected prefix4 and prefix6 with \"per: source_prefix\", found another");
    if (prefix4) rate->prefix4 = static_cast<std::uint8_t>(*prefix4);
    if (prefix6) rate->prefix6 = static_cast<std::uint8_t>(*prefix6);
    if (rate->burst / kBurstSeconds > rate->a_second)
      return yaml_.flaw(node, fmt::format("expected a burst of {} seconds' rate at most, found {} of {}",
                                          kBurstSeconds, rate->burst, rate_word(*rate)));
  }
  if (!rate) return;
  if (std::ranges::find(rates, *rate) != rates.end())
    return yaml_.flaw(node, "expected this limit once, found it again");
  rates.push_back(*rate);
}

std::vector<Rate> RuleReader::limits(const YAML::Node& node) {
  std::vector<Rate> rates;
  yaml_.each(node, "a rate like 1000/s", [&](const YAML::Node& item) { limit(item, rates); });
  if (rates.size() > kRatesOfRule)
    yaml_.flaw(node,
               fmt::format("expected {} limits of a rule at most, found {}", kRatesOfRule, rates.size()));
  return rates;
}

void RuleReader::verdict_with_value(const YAML::Node& node, Rule& rule) {
  const auto number = [&](const YAML::Node& value, std::uint64_t low, std::string_view what) {
    const auto read = [&](std::string_view text) { return read_number(text, low, UINT32_MAX, what); };
    rule.value = static_cast<std::uint32_t>(yaml_.value(value, what, read).value_or(low));
  };
  yaml_.members(node, "a verdict",
                {{"limit",
                  [&](const YAML::Node& value) {
                    rule.verdict = RuleVerdict::kLimit;
                    rule.rates = limits(value);
                  }},
                 {"reject",
                  [&](const YAML::Node& value) {
                    rule.verdict = RuleVerdict::kReject;
                    rule.value = yaml_.value(value, "an ICMP code", read_reject).value_or(std::uint8_t{0});
                  }},
                 {"mark",
                  [&](const YAML::Node& value) {
                    rule.verdict = RuleVerdict::kMark;
                    number(value, 1, "a mark of 1 to 4294967295");
                  }},
                 {"dscp",
                  [&](const YAML::Node& value) {
                    rule.verdict = RuleVerdict::kDscp;
                    rule.value = yaml_.value(value, "a DSCP", read_dscp).value_or(std::uint8_t{0});
                  }},
                 {"redirect",
                  [&](const YAML::Node& value) {
                    rule.verdict = RuleVerdict::kRedirect;
                    rule.interface = interface(value);
                  }},
                 {"sample", [&](const YAML::Node& value) {
                    rule.verdict = RuleVerdict::kSample;
                    number(value, 1, "one packet in how many, 1 to 4294967295");
                  }}});
  if (node.size() != 1) yaml_.flaw(node, fmt::format("expected one verdict, found {}", node.size()));
}

void RuleReader::verdict(const YAML::Node& node, Rule& rule) {
  constexpr std::array<std::string_view, 3> kPlain{"pass", "drop", "reject"};
  constexpr std::string_view kWhat =
      "pass, drop, reject, or a mapping of limit, reject, mark, dscp, redirect or sample to its value";
  if (node.IsMap()) return verdict_with_value(node, rule);
  const auto word = yaml_.text(node, kWhat);
  if (!word) return;
  const auto* plain = std::ranges::find(kPlain, std::string_view(*word));
  if (plain == kPlain.end())
    return yaml_.flaw(node, unexpected_word(kWhat, *word, did_you_mean(*word, kPlain)));
  rule.verdict = static_cast<RuleVerdict>(plain - kPlain.begin());
}

std::vector<Rule> RuleReader::rules(const YAML::Node& node) {
  std::vector<Written> written;
  yaml_.items(node, "rules", [&](const YAML::Node& item) {
    Written& one = written.emplace_back();
    one.node = item;
    Rule& rule = one.rule;
    rule.line = line_of(item);
    yaml_.members(
        item, "a rule",
        {{"name",
          [&](const YAML::Node& value) {
            rule.name = name(value, "a rule's name");
            is_new(value, rule.name);
          },
          true},
         {"match", [&](const YAML::Node& value) { rule.match = match(value, &one.apps); }},
         {"verdict", [&](const YAML::Node& value) { verdict(value, rule); }, true},
         {"observe", [&](const YAML::Node& value) { rule.observe = yaml_.truth(value).value_or(false); }},
         {"reason", [&](const YAML::Node& value) { rule.reason = read_reason(yaml_, value); }}});
  });
  keep_order(written);
  std::vector<Rule> all;
  for (Written& one : written) {
    if (one.apps.empty())
      all.push_back(std::move(one.rule));
    else
      take_app_rule(one);
  }
  return all;
}

std::vector<Rule> RuleReader::rates(const YAML::Node& node) {
  std::vector<Rule> all;
  yaml_.items(node, "rates", [&](const YAML::Node& item) {
    Rule rule;
    rule.verdict = RuleVerdict::kLimit;
    rule.line = line_of(item);
    yaml_.members(
        item, "a rate",
        {{"name",
          [&](const YAML::Node& value) {
            rule.name = name(value, "a rate's name");
            is_new(value, rule.name);
          },
          true},
         {"match", [&](const YAML::Node& value) { rule.match = match(value); }},
         {"limit", [&](const YAML::Node& value) { rule.rates = limits(value); }, true},
         {"observe", [&](const YAML::Node& value) { rule.observe = yaml_.truth(value).value_or(false); }},
         {"reason", [&](const YAML::Node& value) { rule.reason = read_reason(yaml_, value); }}});
    all.push_back(std::move(rule));
  });
  return all;
}

}  // namespace vedette
