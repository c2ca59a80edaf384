#include "policy/policy_sentence.h"

#include <fmt/format.h>

#include <algorithm>

#include "abi/rules.h"
#include "base/human_text.h"
#include "packet/names.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

constexpr std::size_t kNamed = 4;  // of a list; of the others their number alone

template <typename Values, typename Text>
std::string any_of(const Values& values, Text&& text) {
  std::string out;
  const std::size_t told = values.size() > kNamed + 1 ? kNamed : values.size();
  for (std::size_t at = 0; at < told; at++) {
    const bool last = at + 1 == values.size();
    out += fmt::format("{}{}", at == 0 ? "" : last ? " or " : ", ", text(values[at]));
  }
  if (told < values.size()) out += fmt::format(" or {} others", values.size() - told);
  return out;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

std::string protocol_word(std::uint8_t protocol) {
  if (protocol_name(protocol).empty()) return fmt::format("protocol {}", protocol);
  return protocol == 58 ? "ICMPv6" : upper(protocol_text(protocol));
}

std::string flags_words(const FlagsMatch& flags) {
  if (flags.mask == 0xff && flags.value == 0) return "no flag set";
  std::string set, unset;
  const std::string text = tcp_flags_match_text(flags);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const bool is_unset = text[at] == '!';
    std::string& words = is_unset ? unset : set;
    words += (words.empty() ? ""
              : is_unset    ? " nor "
                            : " and ") +
             upper(text.substr(at + is_unset, end - at - is_unset));
    at = end + 1;
  }
  if (unset.empty()) return set + " set";
  if (set.empty()) return "no " + unset + " set";
  return fmt::format("{} set, but not {}", set, unset);
}

std::string payload_words(const PayloadMatch& match) {
  const bool whole = std::ranges::all_of(match.mask, [](std::uint8_t bits) { return bits == 0xff; });
  std::string words = fmt::format("the bytes {} at {} of the payload", hex_word(match.bytes), match.offset);
  return whole ? words : words + fmt::format(" under the mask {}", hex_word(match.mask));
}

std::string ports_words(const std::vector<NumberRange>& ports) {
  const bool one = ports.size() == 1 && ports[0].first == ports[0].last;
  return fmt::format("port{} {}", one ? "" : "s", any_of(ports, range_text));
}

// Where it comes from, and where it goes to.
std::string ends_words(const Match& match) {
  const auto plain = [](const auto& value) { return value; };
  const auto system = [](std::uint32_t asn) { return fmt::format("AS{}", asn); };
  std::string out;
  if (!match.source.empty()) out += " from " + any_of(match.source, prefix_text);
  if (!match.country.empty()) out += " from the countries " + any_of(match.country, plain);
  if (!match.asn.empty()) out += " from " + any_of(match.asn, system);
  if (!match.source_port.empty()) out += " from " + ports_words(match.source_port);
  if (!match.destination.empty()) out += " to " + any_of(match.destination, prefix_text);
  if (!match.destination_country.empty())
    out += " to the countries " + any_of(match.destination_country, plain);
  if (!match.destination_asn.empty()) out += " to " + any_of(match.destination_asn, system);
  if (!match.destination_port.empty()) out += " to " + ports_words(match.destination_port);
  return out;
}

std::string packets_words(const Match& match) {
  std::string out;
  if (match.fragment) out += *match.fragment ? "fragments of " : "whole ";
  if (!match.protocol.empty())
    out += any_of(match.protocol, protocol_word) + " ";
  else if (!match.tcp_flags.empty())
    out += "TCP ";
  out += "packets";
  const auto plain = [](const auto& value) { return value; };
  if (!match.icmp.empty()) {
    const bool ipv6 = match.protocol == std::vector<std::uint8_t>{58};
    out +=
        " (" + any_of(match.icmp, [&](const IcmpMatch& icmp) { return icmp_match_name(icmp, ipv6); }) + ")";
  }
  out += ends_words(match);
  if (!match.interface.empty()) out += " on " + any_of(match.interface, plain);
  if (!match.vlan.empty())
    out += " in " + any_of(match.vlan, [](std::uint16_t vlan) {
             return vlan == 0 ? std::string("no VLAN") : fmt::format("VLAN {}", vlan);
           });
  if (!match.tcp_flags.empty()) out += " with " + any_of(match.tcp_flags, flags_words);
  if (!match.length.empty()) out += fmt::format(" of {} bytes", any_of(match.length, range_text));
  if (!match.ttl.empty()) out += " with a TTL of " + any_of(match.ttl, range_text);
  for (std::size_t at = 0; at < match.payload.size(); at++)
    out += (at == 0 ? " with " : " and ") + payload_words(match.payload[at]);
  return out;
}

std::string reject_words(std::uint32_t by) {
  if (by == VDT_REJECT_USUAL) return "a reset or ICMP's port-unreachable";
  return fmt::format("ICMP's {}", reject_word(static_cast<std::uint8_t>(by)));
}

// What is done to what is said behind it.
std::string verdict_words(RuleVerdict verdict, std::uint32_t value) {
  switch (verdict) {
    case RuleVerdict::kPass:
      return "lets pass";
    case RuleVerdict::kReject:
      return fmt::format("refuses, with {},", reject_words(value));
    case RuleVerdict::kMark:
      return fmt::format("marks with {} and lets pass", value);
    case RuleVerdict::kDscp:
      return fmt::format("sets DSCP {} on", value);
    case RuleVerdict::kSample:
      return fmt::format("shows watchers one in {} of, and lets pass,", value);
    default:
      return "drops";
  }
}

std::string rate_words(const Rate& rate) {
  std::string out = rate.unit == RateUnit::kBytes ? bytes_text(rate.a_second) + "/s" : rate_word(rate);
  switch (rate.per) {
    case RatePer::kAll:
      break;
    case RatePer::kSource:
      out += " from each source";
      break;
    case RatePer::kSourcePrefix:
      out += fmt::format(" from each /{} or IPv6 /{}", rate.prefix4, rate.prefix6);
      break;
    case RatePer::kDestination:
      out += " to each destination";
      break;
    case RatePer::kDestinationPort:
      out += " to each port of each destination";
      break;
  }
  const std::string burst =
      rate.unit == RateUnit::kBytes ? bytes_text(rate.burst) : fmt::to_string(rate.burst);
  return fmt::format("{} ({} at once)", out, burst);
}

}  // namespace

std::string rule_sentence(const Rule& rule) {
  const std::string all =
      rule.match == Match() ? "every packet that comes so far" : packets_words(rule.match);
  std::string out;
  if (rule.verdict == RuleVerdict::kLimit) {
    std::string rates;
    for (const Rate& rate : rule.rates) rates += (rates.empty() ? "" : " and ") + rate_words(rate);
    out = fmt::format("lets pass {} up to {}, and drops what is over that", all, rates);
  } else if (rule.verdict == RuleVerdict::kRedirect) {
    out = fmt::format("sends to {} {}", rule.interface, all);
  } else {
    out = verdict_words(rule.verdict, rule.value) + " " + all;
  }
  return rule.observe ? "only counts what it would do: " + out : out;
}

std::string source_sentence(const PolicySource& source, bool blocks) {
  std::string out =
      fmt::format("{} all that comes from {}", blocks ? "drops" : "lets pass", prefix_text(source.prefix));
  if (source.ttl) out += fmt::format(", for {}", duration_word(*source.ttl));
  return source.observe ? "only counts what it would do: " + out : out;
}

std::string response_sentence(const PolicyResponse& response) {
  return fmt::format("has findings block {} sources at once at most",
                     response.most_blocks.value_or(kMostBlocks));
}

std::string protocol_sentence(const ProtocolEntry& entry) {
  const auto plain = [](const auto& value) { return value; };
  std::vector<std::string> refused;
  const auto add = [&](const std::vector<std::string>& all, std::string_view what) {
    if (!all.empty()) refused.push_back(fmt::format("{} {}", what, any_of(all, plain)));
  };
  if (entry.tls_min) refused.push_back("TLS below " + tls_version_word(*entry.tls_min));
  if (entry.refuse_ssh_1) refused.emplace_back("SSH 1");
  if (entry.refuse_smb_1) refused.emplace_back("SMB 1");
  if (!entry.apps.empty()) refused.push_back(any_of(entry.apps, app_word));
  add(entry.ja3, "the JA3");
  add(entry.ja4, "the JA4");
  add(entry.sni, "the server name");
  std::string out =
      entry.verdict == RuleVerdict::kDrop ? "refuses " : verdict_words(entry.verdict, entry.value) + " ";
  if (!entry.where.protocol.empty()) out += any_of(entry.where.protocol, protocol_word) + " ";
  out += "connections" + ends_words(entry.where);
  for (std::size_t at = 0; at < refused.size(); at++)
    out += (at == 0 ? " of " : at + 1 == refused.size() ? " and of " : ", ") + refused[at];
  return entry.observe ? "only counts what it would do: " + out : out;
}

}  // namespace vedette
