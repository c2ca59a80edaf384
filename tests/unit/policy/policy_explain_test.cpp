#include "policy/policy_explain.h"

#include <gtest/gtest.h>

#include "policy/policy_file.h"

namespace vedette {
namespace {

const std::vector<KeptPeer> kSession{{.remote = *parse_prefix("192.0.2.7"),
                                      .local = *parse_prefix("203.0.113.1"),
                                      .protocol = 6,
                                      .remote_port = 50000,
                                      .local_port = 22,
                                      .what = "an SSH session is open from there"}};

PolicyExplanation explained(std::string_view text, const std::vector<KeptPeer>& kept = {}) {
  const auto policy = read_policy(text, "policy.yaml");
  EXPECT_TRUE(policy) << policy.error().text();
  return explain(policy.value_or(Policy()), kept);
}

std::vector<std::string> texts(const std::vector<PolicyNote>& notes) {
  std::vector<std::string> all;
  for (const PolicyNote& note : notes)
    all.push_back(std::to_string(note.line) + " " + note.name + ": " + note.text);
  return all;
}

using Texts = std::vector<std::string>;

TEST(Explain, TellsEachRuleInASentence) {
  const auto told = explained(
      "version: 1\n"
      "allow: [192.0.2.7]\n"
      "block: [{prefix: 198.51.100.0/24, ttl: 2h, observe: true}]\n"
      "rules:\n"
      "- {name: a, match: {protocol: tcp, source: 192.0.2.0/24, destination_port: [22, 80], tcp_flags: "
      "'syn,!ack'}, "
      "verdict: drop}\n"
      "- {name: b, match: {protocol: icmpv6, icmp: echo-request}, verdict: {limit: {rate: 5/s, per: "
      "source}}}\n"
      "- {name: c, verdict: reject, observe: true}\n"
      "- {name: d, match: {protocol: udp}, verdict: {reject: no-route}}\n"
      "protocols: {tls_min: 1.2, refuse: [ssh-1], sni: [.example.net]}\n");
  EXPECT_EQ(
      texts(told.sentences),
      (Texts{
          "2 192.0.2.7: lets pass all that comes from 192.0.2.7",
          "3 198.51.100.0/24: only counts what it would do: drops all that comes from 198.51.100.0/24, for "
          "2h",
          "5 a: drops TCP packets from 192.0.2.0/24 to ports 22 or 80 with SYN set, but not ACK",
          "6 b: lets pass ICMPv6 packets (echo-request) up to 5 packets/s from each source (5 at once), and "
          "drops what is over that",
          "7 c: only counts what it would do: refuses, with a reset or ICMP's port-unreachable, every "
          "packet that comes so far",
          "8 d: refuses, with ICMP's no-route, UDP packets",
          "9 protocols: refuses connections of TLS below 1.2, SSH 1 and of the server name .example.net"}));
  EXPECT_EQ(texts(told.warnings), Texts{});
}

TEST(Explain, WarnsOfWhatNeverDecides) {
  const auto told = explained(
      "version: 1\n"
      "allow: [192.0.2.0/24]\n"
      "block: [192.0.2.9, 198.51.100.0/24]\n"
      "rules:\n"
      "- {name: ssh, match: {destination_port: 20-30}, verdict: pass}\n"
      "- {name: later, match: {protocol: tcp, destination_port: 22}, verdict: drop}\n"
      "- {name: mixed, match: {source: 10.0.0.0/8, destination: '2001:db8::/32'}, verdict: drop}\n"
      "- {name: allowed, match: {source: 192.0.2.128/25}, verdict: drop}\n"
      "- {name: blocked, match: {source: 198.51.100.7}, verdict: pass}\n"
      "- {name: counts, match: {destination_port: 80}, verdict: drop, observe: true}\n"
      "- {name: bites, match: {destination_port: 80}, verdict: drop}\n");
  EXPECT_EQ(texts(told.warnings),
            (Texts{"3 192.0.2.9: never blocks: allow holds 192.0.2.0/24 and wins",
                   "6 later: can never decide: ssh (line 5) takes all that it would match",
                   "7 mixed: can never match: source and destination are of different IP versions",
                   "8 allowed: never drops: allow holds all its sources",
                   "9 blocked: never decides: block holds all its sources"}));
}

TEST(CutOff, IsTheOpenSessionAndTheNextOne) {
  const auto cut = [&](std::string_view rest) {
    return texts(explained("version: 1\n" + std::string(rest), kSession).warnings);
  };
  EXPECT_EQ(cut("block: [192.0.2.0/24]\n"),
            Texts{"2 192.0.2.0/24: drops what comes from 192.0.2.7: an SSH session is open from there"});
  EXPECT_EQ(cut("block: [{prefix: 192.0.2.0/24, observe: true}]\n"), Texts{});
  EXPECT_EQ(cut("allow: [192.0.2.7]\nblock: [192.0.2.0/24]\n"), Texts{});
  EXPECT_EQ(cut("rules: [{name: none, verdict: reject}]\n"),
            Texts{"2 none: refuses what comes from 192.0.2.7: an SSH session is open from there"});
  EXPECT_EQ(cut("rules: [{name: aside, verdict: {redirect: eth1}}]\n"),
            Texts{"2 aside: sends elsewhere what comes from 192.0.2.7: an SSH session is open from there"});
  EXPECT_EQ(cut("rules: [{name: marked, verdict: {mark: 1}}]\n"), Texts{});
  EXPECT_EQ(
      cut("services: [{name: www, address: 203.0.113.1, tcp: 443}]\n"),
      Texts{"2 www.tcp.other: drops what comes from 192.0.2.7 to connect again: an SSH session is open from "
            "there"});
  EXPECT_EQ(cut("services: [{name: www, address: 203.0.113.1, tcp: [443, 22]}]\n"), Texts{});
  EXPECT_EQ(cut("rules: [{name: udp, match: {protocol: udp}, verdict: drop}]\n"), Texts{});
  EXPECT_EQ(cut("protocols: [{name: no-ssh, app: ssh, version: 2.0}]\n"),
            Texts{"2 no-ssh: refuses ssh with 192.0.2.7: an SSH session is open from there"});
  EXPECT_EQ(cut("protocols: [{name: no-ssh, app: ssh, match: {destination_port: 2222}}]\n"), Texts{});
  EXPECT_EQ(cut("protocols: [{name: no-ssh, app: ssh, match: {source: 198.51.100.0/24}}]\n"), Texts{});
  EXPECT_EQ(cut("protocols: [{name: no-ssh, app: ssh, observe: true}]\n"), Texts{});
  EXPECT_EQ(cut("allow: [192.0.2.7]\nprotocols: [{name: no-ssh, app: ssh}]\n"), Texts{});
  EXPECT_EQ(cut("protocols: [{name: old, refuse: ssh-1, app: ssh, version: 1.99}]\n"), Texts{});
}

}  // namespace
}  // namespace vedette
