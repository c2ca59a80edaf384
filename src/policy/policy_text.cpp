#include "policy/policy_text.h"

#include <fmt/format.h>

#include "abi/rules.h"
#include "packet/names.h"
#include "policy/policy_file.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

// Double-in_quotes (YAML 1.2 §7.3.1): any text.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

template <typename Values, typename Text>
std::string list(const Values& values, Text&& text) {
  std::string out = "[";
  for (const auto& value : values) out += fmt::format("{}{}", out.size() == 1 ? "" : ", ", text(value));
  return out + "]";
}

std::string payload_text(const PayloadMatch& match) {
  return fmt::format("{{offset: {}, hex: {}, mask: {}}}", match.offset, in_quotes(hex_word(match.bytes)),
                     in_quotes(hex_word(match.mask)));
}

std::string match_text(const Match& match, const std::string& before) {
  std::string out;
  const auto add = [&](std::string_view name, const auto& values, auto&& text) {
    if (!values.empty()) out += fmt::format("{}{}: {}\n", before, name, list(values, text));
  };
  const auto plain = [](const auto& value) { return value; };
  const auto network = [](const Prefix& prefix) { return in_quotes(prefix_text(prefix)); };
  add("source", match.source, network);
  add("destination", match.destination, network);
  add("source_port", match.source_port, range_text);
  add("destination_port", match.destination_port, range_text);
  add("protocol", match.protocol, protocol_text);
  add("tcp_flags", match.tcp_flags,
      [](const FlagsMatch& flags) { return in_quotes(tcp_flags_match_text(flags)); });
  add("icmp", match.icmp, icmp_match_text);
  add("length", match.length, range_text);
  add("ttl", match.ttl, range_text);
  if (match.fragment) out += fmt::format("{}fragment: {}\n", before, *match.fragment);
  add("interface", match.interface, in_quotes);
  add("vlan", match.vlan, [](std::uint16_t vlan) { return vlan == 0 ? "none" : fmt::to_string(vlan); });
  add("country", match.country, in_quotes);
  add("asn", match.asn, plain);
  add("destination_country", match.destination_country, in_quotes);
  add("destination_asn", match.destination_asn, plain);
  add("payload", match.payload, payload_text);
  return out;
}

std::string limit_text(const Rate& rate) {
  std::string out =
      fmt::format("{{rate: {}, burst: {}, per: {}", rate_word(rate), rate.burst, rate_per_word(rate.per));
  if (rate.per == RatePer::kSourcePrefix)
    out += fmt::format(", prefix4: {}, prefix6: {}", rate.prefix4, rate.prefix6);
  return out + "}";
}

// Of a rule or a protocol, by the verdict and its value.
std::string verdict_text(RuleVerdict verdict, std::uint32_t value) {
  switch (verdict) {
    case RuleVerdict::kPass:
      return "pass";
    case RuleVerdict::kDrop:
      return "drop";
    case RuleVerdict::kReject:
      if (value == VDT_REJECT_USUAL) return "reject";
      return fmt::format("{{reject: {}}}", reject_word(static_cast<std::uint8_t>(value)));
    case RuleVerdict::kMark:
      return fmt::format("{{mark: {}}}", value);
    case RuleVerdict::kDscp:
      return fmt::format("{{dscp: {}}}", value);
    case RuleVerdict::kSample:
      return fmt::format("{{sample: {}}}", value);
    default:
      return {};
  }
}

std::string verdict_text(const Rule& rule) {
  if (rule.verdict == RuleVerdict::kLimit) return fmt::format("{{limit: {}}}", list(rule.rates, limit_text));
  if (rule.verdict == RuleVerdict::kRedirect)
    return fmt::format("{{redirect: {}}}", in_quotes(rule.interface));
  return verdict_text(rule.verdict, rule.value);
}

std::string entries_text(std::string_view name, const std::vector<PolicySource>& entries) {
  if (entries.empty()) return {};
  std::string out = fmt::format("{}:\n", name);
  for (const PolicySource& entry : entries) {
    out += fmt::format("  - {{prefix: {}", in_quotes(prefix_text(entry.prefix)));
    if (entry.ttl) out += fmt::format(", ttl: {}", duration_word(*entry.ttl));
    if (entry.observe) out += ", observe: true";
    if (!entry.reason.empty()) out += fmt::format(", reason: {}", in_quotes(entry.reason));
    out += "}\n";
  }
  return out;
}

std::string protocol_text(const ProtocolEntry& entry) {
  std::string out = fmt::format("  - name: {}\n", in_quotes(entry.name));
  std::vector<std::string> refused;
  if (entry.refuse_ssh_1) refused.emplace_back("ssh-1");
  if (entry.refuse_smb_1) refused.emplace_back("smb-1");
  const auto add = [&](std::string_view name, const std::vector<std::string>& values) {
    if (!values.empty()) out += fmt::format("    {}: {}\n", name, list(values, in_quotes));
  };
  if (entry.tls_min) out += fmt::format("    tls_min: {}\n", in_quotes(tls_version_word(*entry.tls_min)));
  add("refuse", refused);
  add("ja3", entry.ja3);
  add("ja4", entry.ja4);
  add("sni", entry.sni);
  if (!entry.apps.empty())
    out += fmt::format("    app: {}\n",
                       list(entry.apps, [](const AppMatch& app) { return in_quotes(app_word(app)); }));
  if (entry.verdict != RuleVerdict::kDrop)
    out += fmt::format("    verdict: {}\n", verdict_text(entry.verdict, entry.value));
  if (const std::string where = match_text(entry.where, "      "); !where.empty())
    out += "    match:\n" + where;
  if (entry.observe) out += "    observe: true\n";
  if (!entry.reason.empty()) out += fmt::format("    reason: {}\n", in_quotes(entry.reason));
  return out;
}

}  // namespace

std::string rule_text(const Rule& rule, std::size_t indent) {
  const std::string before(indent, ' ');
  std::string out = fmt::format("{}name: {}\n", before, in_quotes(rule.name));
  if (const std::string match = match_text(rule.match, before + "  "); !match.empty())
    out += fmt::format("{}match:\n{}", before, match);
  out += fmt::format("{}verdict: {}\n", before, verdict_text(rule));
  if (rule.observe) out += before + "observe: true\n";
  if (!rule.reason.empty()) out += fmt::format("{}reason: {}\n", before, in_quotes(rule.reason));
  return out;
}

std::string policy_text(const Policy& policy) {
  std::string out = fmt::format("version: {}\n", kPolicyVersion);
  out += entries_text("allow", policy.allow);
  out += entries_text("block", policy.block);
  if (!policy.rules.empty()) out += "rules:\n";
  for (const Rule& rule : policy.rules) {
    std::string text = rule_text(rule, 4);
    text.replace(0, 4, "  - ");
    out += text;
  }
  if (!policy.protocols.empty()) out += "protocols:\n";
  for (const ProtocolEntry& entry : policy.protocols) out += protocol_text(entry);
  if (policy.response.most_blocks)
    out += fmt::format("response:\n  most_blocks: {}\n", *policy.response.most_blocks);
  return out;
}

}  // namespace vedette
