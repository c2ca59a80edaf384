#include "policy/policy_explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "policy/cover.h"
#include "policy/evaluate.h"
#include "policy/policy_sentence.h"

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17, kIcmp = 1, kIcmp6 = 58;
constexpr std::uint8_t kEchoReply = 0, kNeighborAdvertisement = 136;
constexpr std::uint8_t kSyn = 0x02, kAck = 0x10, kPsh = 0x08;

// How a packet of theirs looks that is like any other: headers as Linux writes them (Ethernet 14, IP 20 or
// 40, TCP 20 and 12 to 20 of options), no fragment, some routers away.
vdt_packet packet_of(const KeptPeer& peer, std::uint8_t flags, std::uint32_t length) {
  vdt_packet packet{};
  vdt_packet_core& core = packet.core;
  core.key.src = peer.remote.address;
  core.key.ip_version = peer.remote.ip_version;
  if (peer.local && peer.local->ip_version == peer.remote.ip_version) core.key.dst = peer.local->address;
  core.key.protocol = peer.protocol;
  core.facts = VDT_FACT_IP;
  core.length = length;
  core.ttl = 60;
  if (peer.protocol == kTcp || peer.protocol == kUdp) {
    core.facts |= VDT_FACT_PORTS;
    core.key.src_port = peer.remote_port;
    core.key.dst_port = peer.local_port;
  }
  if (peer.protocol == kTcp) {
    core.facts |= VDT_FACT_TCP;
    core.tcp_flags = flags;
  }
  if (peer.protocol == kIcmp || peer.protocol == kIcmp6) {
    core.facts |= VDT_FACT_ICMP;
    core.icmp_type = peer.protocol == kIcmp ? kEchoReply : kNeighborAdvertisement;
    if (peer.protocol == kIcmp6) core.ttl = 255;  // RFC 4861 §7.1.2
  }
  return packet;
}

std::vector<vdt_packet> packets_of(const KeptPeer& peer) {
  if (peer.protocol != kTcp) return {packet_of(peer, 0, 98)};
  return {packet_of(peer, kAck, 66), packet_of(peer, kAck | kPsh, 130), packet_of(peer, kAck | kPsh, 1514),
          packet_of(peer, kSyn, 74)};
}

std::string drop_word(const Decision& decision) {
  if (decision.by == DecidedBy::kRule && decision.rule->verdict == RuleVerdict::kReject) return "refuses";
  if (decision.by == DecidedBy::kRule && decision.rule->verdict == RuleVerdict::kRedirect)
    return "sends elsewhere";
  return "drops";
}

std::uint32_t line_of(const Decision& decision) {
  return decision.by == DecidedBy::kBlock ? decision.source->line : decision.rule->line;
}

std::string name_of(const Decision& decision) {
  return decision.by == DecidedBy::kBlock ? prefix_text(decision.source->prefix) : decision.rule->name;
}

bool ends_search(const Rule& rule) {
  return !rule.observe;
}

bool only_drops(const Rule& rule) {
  return rule.verdict == RuleVerdict::kDrop || rule.verdict == RuleVerdict::kReject ||
         rule.verdict == RuleVerdict::kRedirect || rule.verdict == RuleVerdict::kLimit;
}

// Of a list, an entry that holds each of the networks.
bool all_listed(const std::vector<PolicySource>& list, const std::vector<Prefix>& networks, bool enforced) {
  return !networks.empty() && std::ranges::all_of(networks, [&](const Prefix& network) {
    return std::ranges::any_of(list, [&](const PolicySource& one) {
      return one.prefix.holds(network) && !one.ttl && !(enforced && one.observe);
    });
  });
}

void warn_of_sources(const Policy& policy, std::vector<PolicyNote>& warnings) {
  for (const PolicySource& block : policy.block)
    for (const PolicySource& allow : policy.allow)
      if (allow.prefix.holds(block.prefix) && !allow.ttl)
        warnings.push_back({block.line, prefix_text(block.prefix),
                            fmt::format("never blocks: allow holds {} and wins", prefix_text(allow.prefix))});
}

// What can be said of a rule by itself and the lists.
std::string flaw_of(const Policy& policy, const Rule& rule) {
  if (const std::string why = contradiction(rule.match); !why.empty()) return "can never match: " + why;
  if (only_drops(rule) && all_listed(policy.allow, rule.match.source, false))
    return "never drops: allow holds all its sources";
  // A tunnel's inner and outer sources are both asked: what blocks the source of a rule blocks all of it.
  if (all_listed(policy.block, rule.match.source, true)) return "never decides: block holds all its sources";
  return {};
}

void warn_of_rules(const Policy& policy, std::vector<PolicyNote>& warnings) {
  // With more rules than these, a comparison of each with each would take seconds.
  constexpr std::size_t kCompared = 4000;
  for (std::size_t at = 0; at < policy.rules.size(); at++) {
    const Rule& rule = policy.rules[at];
    if (std::string flaw = flaw_of(policy, rule); !flaw.empty()) {
      warnings.push_back({rule.line, rule.name, std::move(flaw)});
      continue;
    }
    if (at > kCompared) continue;
    for (std::size_t before = 0; before < at; before++) {
      const Rule& other = policy.rules[before];
      if (!ends_search(other) || !covers(other.match, rule.match)) continue;
      warnings.push_back({rule.line, rule.name,
                          fmt::format("can never decide: {} (line {}) takes all that it would match",
                                      other.name, other.line)});
      break;
    }
  }
}

}  // namespace

std::vector<PolicyNote> cut_off(const Policy& policy, const std::vector<KeptPeer>& kept) {
  std::vector<PolicyNote> notes;
  std::set<std::string> told;
  for (const KeptPeer& peer : kept)
    for (const vdt_packet& packet : packets_of(peer)) {
      const Decision decision =
          evaluate(policy, {.packet = packet, .interface = {}, .country = {}, .payload = {}});
      if (peer.protocol == 0 && decision.by != DecidedBy::kBlock) continue;
      if (!decision.drops() || !told.insert(name_of(decision)).second) continue;
      const bool opening = peer.protocol == kTcp && packet.core.tcp_flags == kSyn;
      notes.push_back({line_of(decision), name_of(decision),
                       fmt::format("{} what comes from {}{}: {}", drop_word(decision),
                                   prefix_text(peer.remote), opening ? " to connect again" : "", peer.what)});
    }
  add_cut_off_by_protocols(policy, kept, notes);
  return notes;
}

PolicyExplanation explain(const Policy& policy, const std::vector<KeptPeer>& kept) {
  PolicyExplanation told;
  for (const PolicySource& one : policy.allow)
    told.sentences.push_back({one.line, prefix_text(one.prefix), source_sentence(one, false)});
  for (const PolicySource& one : policy.block)
    told.sentences.push_back({one.line, prefix_text(one.prefix), source_sentence(one, true)});
  for (const Rule& rule : policy.rules) told.sentences.push_back({rule.line, rule.name, rule_sentence(rule)});
  for (const ProtocolEntry& entry : policy.protocols)
    told.sentences.push_back({entry.line, entry.name, protocol_sentence(entry)});
  if (policy.response.most_blocks)
    told.sentences.push_back({policy.response.line, "response", response_sentence(policy.response)});
  warn_of_sources(policy, told.warnings);
  warn_of_rules(policy, told.warnings);
  for (PolicyNote& note : cut_off(policy, kept)) told.warnings.push_back(std::move(note));
  return told;
}

}  // namespace vedette
