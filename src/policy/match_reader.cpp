// `match:` of a rule.
#include <fmt/format.h>

#include <algorithm>

#include "packet/names.h"
#include "policy/policy_words.h"
#include "policy/rule_reader.h"

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17, kIcmp = 1, kIcmp6 = 58;

// Adds a list's values; one that is there already is a flaw.
template <typename T, typename Read>
void read_values(YamlMembers& yaml, const YAML::Node& node, std::string_view what, std::vector<T>& values,
                 Read&& read) {
  yaml.each(node, what, [&](const YAML::Node& item) {
    auto value = yaml.value(item, what, read);
    if (!value) return;
    if (std::ranges::find(values, *value) != values.end())
      return yaml.flaw(item, fmt::format("expected \"{}\" once, found it again", item.Scalar()));
    values.push_back(std::move(*value));
  });
}

Result<std::uint16_t> read_vlan(std::string_view text) {
  if (text == "none") return std::uint16_t{0};
  const auto number = read_number(text, 1, 4094, "a VLAN's number of 1 to 4094, or none");
  if (!number) return std::unexpected(number.error());
  return static_cast<std::uint16_t>(*number);
}

Result<std::string> read_country(std::string_view text) {
  std::string code;
  for (const char letter : text)
    code += static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 32 : letter);
  const bool two = code.size() == 2 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!two) return std::unexpected(unexpected_word("a country's two letters (ISO 3166-1), like DE", text));
  return code;
}

Result<std::uint32_t> read_asn(std::string_view text) {
  const auto number = read_number(text.starts_with("AS") ? text.substr(2) : text, 1, UINT32_MAX,
                                  "a number of an autonomous system, like AS64496");
  if (!number)
    return std::unexpected(unexpected_word("a number of an autonomous system, like AS64496", text));
  return static_cast<std::uint32_t>(*number);
}

void read_payload(YamlMembers& yaml, const YAML::Node& node, std::vector<PayloadMatch>& all) {
  constexpr std::size_t kMostBytes = 16;
  PayloadMatch match;
  const auto hex = [&](const YAML::Node& value) {
    return yaml.value(value, "bytes in hexadecimal", read_hex).value_or(std::vector<std::uint8_t>());
  };
  yaml.members(node, "a payload's bytes",
               {{"offset",
                 [&](const YAML::Node& value) {
                   const auto read = [](std::string_view text) {
                     return read_number(text, 0, 255, "an offset of 0 to 255");
                   };
                   if (const auto offset = yaml.value(value, "an offset of 0 to 255", read))
                     match.offset = static_cast<std::uint16_t>(*offset);
                 }},
                {"hex", [&](const YAML::Node& value) { match.bytes = hex(value); }},
                {"text",
                 [&](const YAML::Node& value) {
                   if (!match.bytes.empty()) return yaml.flaw(value, "expected hex or text, found both");
                   if (const auto text = yaml.text(value, "the payload's text"))
                     match.bytes.assign(text->begin(), text->end());
                 }},
                {"mask", [&](const YAML::Node& value) { match.mask = hex(value); }}});
  if (!node.IsMap()) return;
  if (match.mask.empty()) match.mask.assign(match.bytes.size(), 0xff);
  if (match.bytes.empty() || match.bytes.size() > kMostBytes)
    return yaml.flaw(
        node, fmt::format("expected 1 to {} bytes by hex or text, found {}", kMostBytes, match.bytes.size()));
  if (match.mask.size() != match.bytes.size())
    return yaml.flaw(node, fmt::format("expected a mask of {} bytes, as there are to compare, found {}",
                                       match.bytes.size(), match.mask.size()));
  if (std::ranges::find(all, match) != all.end())
    return yaml.flaw(node, "expected these bytes once, found them again");
  all.push_back(std::move(match));
}

}  // namespace

std::vector<YamlMembers::Member> RuleReader::connection_members(Match& match) {
  const auto countries = [this](std::vector<std::string>& list) {
    return [this, &list](const YAML::Node& value) {
      read_values(yaml_, value, "a country's two letters", list, read_country);
    };
  };
  const auto systems = [this](std::vector<std::uint32_t>& list) {
    return [this, &list](const YAML::Node& value) {
      read_values(yaml_, value, "a number of an autonomous system", list, read_asn);
    };
  };
  return {
      {"source", [this, &match](const YAML::Node& value) { match.source = sets_.networks(yaml_, value); }},
      {"destination",
       [this, &match](const YAML::Node& value) { match.destination = sets_.networks(yaml_, value); }},
      {"destination_port",
       [this, &match](const YAML::Node& value) { match.destination_port = sets_.ports(yaml_, value); }},
      {"protocol",
       [this, &match](const YAML::Node& value) {
         read_values(yaml_, value, "a protocol's name or number", match.protocol, read_protocol);
       }},
      {"country", countries(match.country)},
      {"asn", systems(match.asn)},
      {"destination_country", countries(match.destination_country)},
      {"destination_asn", systems(match.destination_asn)}};
}

void RuleReader::packet_fields(const YAML::Node& node, Match& match, std::vector<AppMatch>* apps) {
  // ICMP's names mean other numbers in ICMPv6: which it is must be known first.
  std::optional<YAML::Node> icmp;
  constexpr std::string_view kLength = "a length of 0 to 65535 bytes, or a range like 0-64";
  constexpr std::string_view kTtl = "a TTL of 0 to 255, or a range like 1-5";
  std::vector<YamlMembers::Member> members = connection_members(match);
  const std::initializer_list<YamlMembers::Member> others{
      {"source_port", [&](const YAML::Node& value) { match.source_port = sets_.ports(yaml_, value); }},
      {"tcp_flags",
       [&](const YAML::Node& value) {
         read_values(yaml_, value, "flags like syn, \"syn,!ack\" or none", match.tcp_flags, read_tcp_flags);
       }},
      {"icmp", [&](const YAML::Node& value) { icmp = value; }},
      {"length", [&](const YAML::Node& value) { match.length = read_ranges(yaml_, value, 65535, kLength); }},
      {"ttl", [&](const YAML::Node& value) { match.ttl = read_ranges(yaml_, value, 255, kTtl); }},
      {"fragment", [&](const YAML::Node& value) { match.fragment = yaml_.truth(value); }},
      {"interface",
       [&](const YAML::Node& value) {
         yaml_.each(value, "an interface's name", [&](const YAML::Node& item) {
           std::string found = interface(item);
           if (std::ranges::find(match.interface, found) != match.interface.end())
             return yaml_.flaw(item, fmt::format("expected \"{}\" once, found it again", found));
           if (!found.empty()) match.interface.push_back(std::move(found));
         });
       }},
      {"vlan",
       [&](const YAML::Node& value) {
         read_values(yaml_, value, "a VLAN's number of 1 to 4094, or none", match.vlan, read_vlan);
       }},
      {"app",
       [&](const YAML::Node& value) {
         if (apps == nullptr)
           return yaml_.flaw(value, "expected app in rules and protocols, found it elsewhere",
                             "it shows once a connection is let in");
         this->apps(value, *apps);
       }},
      {"payload", [&](const YAML::Node& value) {
         yaml_.each(value, "a payload's bytes",
                    [&](const YAML::Node& item) { read_payload(yaml_, item, match.payload); });
       }}};
  members.insert(members.end(), others.begin(), others.end());
  yaml_.members(node, "a match", members);
  if (!icmp) return;
  const bool ipv6 = match.protocol == std::vector{kIcmp6};
  if (!ipv6 && match.protocol != std::vector{kIcmp})
    return yaml_.flaw(*icmp, "expected \"protocol: icmp\" or \"protocol: icmpv6\" beside icmp",
                      "messages' numbers mean other things in each");
  read_values(yaml_, *icmp, "an ICMP message's name or number", match.icmp,
              [&](std::string_view text) { return read_icmp(text, ipv6); });
}

Match RuleReader::match(const YAML::Node& node, std::vector<AppMatch>* apps) {
  Match match;
  packet_fields(node, match, apps);
  if (match == Match() && !yaml_.full() && node.IsMap() && node.size() == 0)
    yaml_.flaw(node, "expected what a packet must be, found nothing",
               "a rule for every packet has no match at all");
  const auto has = [&](std::uint8_t protocol) {
    return match.protocol.empty() || std::ranges::find(match.protocol, protocol) != match.protocol.end();
  };
  if (!match.tcp_flags.empty() && !has(kTcp))
    yaml_.flaw(node, "expected TCP's flags with TCP, found another protocol", "no packet has both");
  if ((!match.source_port.empty() || !match.destination_port.empty()) && !match.protocol.empty() &&
      std::ranges::all_of(match.protocol, [](std::uint8_t one) { return one == kIcmp || one == kIcmp6; }))
    yaml_.flaw(node, "expected ports with a protocol that has them, found icmp", "no packet has both");
  return match;
}

Match RuleReader::connection_match(const YAML::Node& node) {
  Match match;
  yaml_.members(node, "a protocol's match", connection_members(match));
  of_connections(node, match);
  return match;
}

void RuleReader::of_connections(const YAML::Node& node, const Match& match) {
  for (const std::uint8_t protocol : match.protocol)
    if (protocol != kTcp && protocol != kUdp)
      yaml_.flaw(node, fmt::format("expected tcp or udp, found {}", protocol_text(protocol)),
                 "what is spoken is asked of these alone");
}

}  // namespace vedette
