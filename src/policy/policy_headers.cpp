// TCP's flags, ICMP's messages and DSCPs by their names.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "abi/rules.h"
#include "policy/near_word.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

// Bit 0 first (RFC 9293).
constexpr std::array<std::string_view, 8> kFlags{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};

struct IcmpName {
  std::string_view name;
  std::uint8_t type;
  int code;  // -1: any
};

// RFC 792, 950, 1256, 1812.
constexpr IcmpName kIcmp[] = {
    {"echo-reply", 0, -1},           {"destination-unreachable", 3, -1},
    {"network-unreachable", 3, 0},   {"host-unreachable", 3, 1},
    {"protocol-unreachable", 3, 2},  {"port-unreachable", 3, 3},
    {"fragmentation-needed", 3, 4},  {"source-route-failed", 3, 5},
    {"host-prohibited", 3, 10},      {"administratively-prohibited", 3, 13},
    {"source-quench", 4, -1},        {"redirect", 5, -1},
    {"echo-request", 8, -1},         {"router-advertisement", 9, -1},
    {"router-solicitation", 10, -1}, {"time-exceeded", 11, -1},
    {"parameter-problem", 12, -1},   {"timestamp-request", 13, -1},
    {"timestamp-reply", 14, -1},     {"address-mask-request", 17, -1},
    {"address-mask-reply", 18, -1},
};

// RFC 4443, 2710, 4861, 3810.
constexpr IcmpName kIcmp6[] = {
    {"destination-unreachable", 1, -1},
    {"no-route", 1, 0},
    {"administratively-prohibited", 1, 1},
    {"address-unreachable", 1, 3},
    {"port-unreachable", 1, 4},
    {"packet-too-big", 2, -1},
    {"time-exceeded", 3, -1},
    {"parameter-problem", 4, -1},
    {"echo-request", 128, -1},
    {"echo-reply", 129, -1},
    {"listener-query", 130, -1},
    {"listener-report", 131, -1},
    {"listener-done", 132, -1},
    {"router-solicitation", 133, -1},
    {"router-advertisement", 134, -1},
    {"neighbor-solicitation", 135, -1},
    {"neighbor-advertisement", 136, -1},
    {"redirect", 137, -1},
    {"listener-report-v2", 143, -1},
};

std::span<const IcmpName> icmp_names(bool ipv6) {
  if (ipv6) return kIcmp6;
  return kIcmp;
}

constexpr std::pair<std::string_view, std::uint8_t> kDscp[] = {
    {"be", 0},    {"cs0", 0},   {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},
    {"cs5", 40},  {"cs6", 48},  {"cs7", 56},  {"af11", 10}, {"af12", 12}, {"af13", 14},
    {"af21", 18}, {"af22", 20}, {"af23", 22}, {"af31", 26}, {"af32", 28}, {"af33", 30},
    {"af41", 34}, {"af42", 36}, {"af43", 38}, {"va", 44},   {"ef", 46},
};

// By enum vdt_reject, from VDT_REJECT_NO_ROUTE on; as nftables calls them.
constexpr std::array<std::string_view, 4> kReject{"no-route", "host-unreachable", "port-unreachable",
                                                  "administratively-prohibited"};

}  // namespace

Result<FlagsMatch> read_tcp_flags(std::string_view text) {
  constexpr std::string_view kWhat = "flags like syn, \"syn,!ack\" or none";
  if (text == "none") return FlagsMatch{.mask = 0xff, .value = 0};
  FlagsMatch match;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string_view word = text.substr(at, end - at);
    at = end + 1;
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    const bool unset = word.starts_with('!');
    if (unset) word.remove_prefix(1);
    const auto* flag = std::ranges::find(kFlags, word);
    if (flag == kFlags.end())
      return std::unexpected(unexpected_word(kWhat, text, did_you_mean(word, kFlags)));
    const auto bit = static_cast<std::uint8_t>(1U << (flag - kFlags.begin()));
    if (match.mask & bit) return std::unexpected(unexpected_word("each flag once", text));
    match.mask |= bit;
    if (!unset) match.value |= bit;
  }
  return match;
}

std::string tcp_flags_match_text(const FlagsMatch& flags) {
  if (flags.mask == 0xff && flags.value == 0) return "none";
  std::string text;
  for (std::size_t at = 0; at < kFlags.size(); at++) {
    if (!(flags.mask >> at & 1)) continue;
    text += fmt::format("{}{}{}", text.empty() ? "" : ",", flags.value >> at & 1 ? "" : "!", kFlags[at]);
  }
  return text;
}

Result<IcmpMatch> read_icmp(std::string_view text, bool ipv6) {
  constexpr std::string_view kWhat = "a message's name, or its type, or type/code, of 0 to 255";
  const std::span<const IcmpName> names = icmp_names(ipv6);
  const std::size_t slash = text.find('/');
  const std::string_view type_text = text.substr(0, slash);
  IcmpMatch match;
  if (const auto known = std::ranges::find(names, type_text, &IcmpName::name); known != names.end()) {
    match.type = known->type;
    if (known->code >= 0) match.code = static_cast<std::uint8_t>(known->code);
  } else if (const auto type = read_number(type_text, 0, 255, kWhat)) {
    match.type = static_cast<std::uint8_t>(*type);
  } else {
    std::vector<std::string_view> words;
    for (const IcmpName& name : names) words.push_back(name.name);
    return std::unexpected(unexpected_word(kWhat, text, did_you_mean(type_text, words)));
  }
  if (slash == std::string_view::npos) return match;
  const auto code = read_number(text.substr(slash + 1), 0, 255, kWhat);
  if (!code || match.code) return std::unexpected(unexpected_word(kWhat, text));
  match.code = static_cast<std::uint8_t>(*code);
  return match;
}

std::string icmp_match_text(const IcmpMatch& icmp) {
  return icmp.code ? fmt::format("{}/{}", icmp.type, *icmp.code) : fmt::format("{}", icmp.type);
}

std::string icmp_match_name(const IcmpMatch& icmp, bool ipv6) {
  for (const IcmpName& name : icmp_names(ipv6))
    if (name.type == icmp.type && name.code == (icmp.code ? int{*icmp.code} : -1))
      return std::string(name.name);
  return "type " + icmp_match_text(icmp);
}

Result<std::uint8_t> read_dscp(std::string_view text) {
  constexpr std::string_view kWhat = "a DSCP of 0 to 63, or its name like ef, af41 or cs1";
  for (const auto& [name, number] : kDscp)
    if (name == text) return number;
  const auto number = read_number(text, 0, 63, kWhat);
  if (!number) return std::unexpected(number.error());
  return static_cast<std::uint8_t>(*number);
}

Result<std::uint8_t> read_reject(std::string_view text) {
  const auto* by = std::ranges::find(kReject, text);
  if (by == kReject.end())
    return std::unexpected(
        unexpected_word("an ICMP code like port-unreachable or administratively-prohibited", text,
                        did_you_mean(text, kReject)));
  return static_cast<std::uint8_t>(by - kReject.begin() + VDT_REJECT_NO_ROUTE);
}

std::string_view reject_word(std::uint8_t by) {
  return kReject[by - VDT_REJECT_NO_ROUTE];
}

}  // namespace vedette
