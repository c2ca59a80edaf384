#include "packet/names.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "abi/verdict.h"

namespace vedette {

namespace {

struct Named {
  std::string_view name;
  std::string_view meaning;
};

#define AS_NAMED(enumerator, name, meaning) Named{name, meaning},
constexpr Named kMalformed[] = {VDT_MALFORMED_LIST(AS_NAMED)};
#undef AS_NAMED

#define AS_NAME(enumerator, name) std::string_view{name},
constexpr std::string_view kTunnels[] = {VDT_TUNNEL_LIST(AS_NAME)};
constexpr std::string_view kVerdicts[] = {VDT_VERDICT_LIST(AS_NAME)};
#undef AS_NAME

constexpr std::string_view kFragments[] = {"", "first", "middle", "last"};
constexpr std::string_view kDirections[] = {"in", "out"};

// IANA's assigned Internet protocol numbers, those that a host may still meet.
constexpr auto kProtocols = [] {
  std::array<std::string_view, 256> names{};
  names[0] = "hopopt";
  names[1] = "icmp";
  names[2] = "igmp";
  names[3] = "ggp";
  names[4] = "ipip";
  names[5] = "st";
  names[6] = "tcp";
  names[8] = "egp";
  names[9] = "igp";
  names[17] = "udp";
  names[27] = "rdp";
  names[33] = "dccp";
  names[41] = "ipv6";
  names[43] = "ipv6-route";
  names[44] = "ipv6-frag";
  names[46] = "rsvp";
  names[47] = "gre";
  names[50] = "esp";
  names[51] = "ah";
  names[58] = "icmpv6";
  names[59] = "ipv6-nonxt";
  names[60] = "ipv6-opts";
  names[88] = "eigrp";
  names[89] = "ospf";
  names[94] = "ipip-old";
  names[97] = "etherip";
  names[98] = "encap";
  names[103] = "pim";
  names[108] = "ipcomp";
  names[112] = "vrrp";
  names[115] = "l2tp";
  names[124] = "isis";
  names[132] = "sctp";
  names[133] = "fc";
  names[135] = "mobility";
  names[136] = "udplite";
  names[137] = "mpls-in-ip";
  names[139] = "hip";
  names[140] = "shim6";
  names[143] = "ethernet";
  return names;
}();

template <typename T>
constexpr T at_or_empty(std::span<const T> table, std::uint8_t index) {
  return index < table.size() ? table[index] : T{};
}

}  // namespace

std::string_view protocol_name(std::uint8_t protocol) {
  return kProtocols[protocol];
}

std::string protocol_text(std::uint8_t protocol) {
  const std::string_view name = protocol_name(protocol);
  return name.empty() ? fmt::format("{}", protocol) : std::string(name);
}

std::string_view malformed_name(std::uint8_t reason) {
  return at_or_empty<Named>(kMalformed, reason).name;
}

std::string_view malformed_meaning(std::uint8_t reason) {
  return at_or_empty<Named>(kMalformed, reason).meaning;
}

std::string_view tunnel_name(std::uint8_t tunnel) {
  return at_or_empty<std::string_view>(kTunnels, tunnel);
}

std::string_view verdict_name(std::uint8_t verdict) {
  return at_or_empty<std::string_view>(kVerdicts, verdict);
}

bool tunnel_has_id(std::uint8_t tunnel, std::uint32_t id) {
  return id != 0 || tunnel == VDT_TUNNEL_VXLAN || tunnel == VDT_TUNNEL_GENEVE || tunnel == VDT_TUNNEL_GTPU;
}

std::string_view fragment_name(std::uint8_t fragment) {
  return at_or_empty<std::string_view>(kFragments, fragment);
}

std::string_view direction_name(std::uint8_t direction) {
  return at_or_empty<std::string_view>(kDirections, direction);
}

std::string tcp_flags_text(std::uint8_t flags) {
  constexpr std::string_view kLetters = "FSRPAUEC";
  std::string text;
  for (std::size_t bit = 0; bit < kLetters.size(); bit++)
    if (flags & (1U << bit)) text += kLetters[bit];
  return text;
}

}  // namespace vedette
