#include "policy/policy_file.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

using Texts = std::vector<std::string>;

// Each flaw as "line:column what (hint)".
Texts flaws(std::string_view text) {
  Texts all;
  for (const PolicyFlaw& flaw : parse_policy(text).flaws)
    all.push_back(std::to_string(flaw.line) + ":" + std::to_string(flaw.column) + " " + flaw.what +
                  (flaw.hint.empty() ? "" : " (" + flaw.hint + ")"));
  return all;
}

Texts of_rule(std::string_view members) {
  return flaws("version: 1\nrules:\n- name: a\n  verdict: drop\n" + std::string(members));
}

Texts of_match(std::string_view members) {
  return of_rule("  match: {" + std::string(members) + "}\n");
}

TEST(PolicyFile, RefusesWhatItsParserWouldReadForEver) {
  for (const std::string_view text : {",", "version: 1\n,", "version: 1\n---\nversion: 1\n"})
    EXPECT_FALSE(parse_policy(text).flaws.empty()) << text;
}

TEST(PolicyFile, TellsAllFlawsAtOnceWithTheirPlaces) {
  EXPECT_EQ(
      flaws("version: 2\n"
            "alow: [192.0.2.1]\n"
            "block:\n"
            "  - 192.0.2.1/24\n"
            "  - {prefix: 198.51.100.0/24, tll: 2h}\n"
            "rules:\n"
            "  - name: a\n"
            "    match: {destination_port: htttps, protocol: tpc}\n"
            "    verdict: dorp\n"),
      (Texts{
          "1:10 expected the format's version, 1, found \"2\"",
          "2:1 expected a member of a policy, found \"alow\" (did you mean allow)",
          "4:5 expected no bits behind the prefix' length, found \"192.0.2.1/24\" (the network is "
          "192.0.2.0/24)",
          "5:31 expected a member of an entry of block, found \"tll\" (did you mean ttl)",
          "8:31 expected a port of 0 to 65535, a range like 1000-2000 or a service's name, found \"htttps\" "
          "(did you mean https)",
          "8:49 expected a protocol's IANA name or number, found \"tpc\" (did you mean tcp)",
          "9:14 expected pass, drop, reject, or a mapping of limit, reject, mark, dscp, redirect or sample "
          "to "
          "its value, found \"dorp\" (did you mean drop)"}));
}

TEST(PolicyFile, TellsTwentyFlawsAtMost) {
  std::string text = "version: 1\nblock:\n";
  for (int i = 0; i < 100; i++) text += "  - nobody\n";
  EXPECT_EQ(flaws(text).size(), kFlawsTold);
}

TEST(PolicyFile, IsOneMappingOfOneVersion) {
  EXPECT_EQ(flaws(""), Texts{"0:0 expected a policy, found nothing (\"version: 1\" is the least one)"});
  EXPECT_EQ(flaws("rules: []\n"), Texts{"1:1 expected \"version\" in a policy, found none"});
  EXPECT_EQ(flaws("[1]\n"), Texts{"1:1 expected a policy, found a list"});
  EXPECT_EQ(flaws("version: 1\n---\nversion: 1\n").size(), 1U);
  EXPECT_EQ(flaws("version: 1\nversion: 1\n"), Texts{"2:1 expected \"version\" once, found it again"});
  EXPECT_EQ(flaws("version: [1]\n"), Texts{"1:10 expected the format's version, 1, found a list"});
  EXPECT_EQ(flaws("version: 1\n  x: 2\n").size(), 1U);
  EXPECT_EQ(flaws("version: 1\nrules:\nblock:\n"), Texts{});
}

TEST(PolicyFile, RefusesWhatIsThereTwice) {
  EXPECT_EQ(flaws("version: 1\nblock: [192.0.2.1, 192.0.2.1/32]\n"),
            Texts{"2:20 expected 192.0.2.1 once, found it again (the other one is in line 2)"});
  EXPECT_EQ(
      flaws("version: 1\nallow: [192.0.2.1]\nblock: [192.0.2.1]\n"),
      Texts{
          "3:9 expected 192.0.2.1 in one of the lists, found it in both (allow has it in line 2, and wins)"});
  EXPECT_EQ(
      of_match("source: [10.0.0.0/8, 10.1.0.0/16]"),
      Texts{
          "5:32 expected what isn't in this list already, found 10.1.0.0/16 (10.0.0.0/8 holds some of it or "
          "all)"});
  EXPECT_EQ(of_match("destination_port: [80, 1-100]"),
            Texts{"5:30 expected what isn't in this list already, found 80 (1-100 holds some of it or all)"});
  EXPECT_EQ(of_match("protocol: [tcp, 6]"), Texts{"5:27 expected \"6\" once, found it again"});
  EXPECT_EQ(flaws("version: 1\nrules: [{name: a, verdict: drop}, {name: a, verdict: pass}]\n"),
            Texts{"2:42 expected a name that no other rule has, found \"a\" again"});
  EXPECT_EQ(flaws("version: 1\nservices: [{name: a, address: 192.0.2.1, tcp: none}]\n"
                  "rules: [{name: a.tcp.other, verdict: drop}]\n")
                .size(),
            1U);
}

TEST(PolicyFile, RefusesValuesOutOfRange) {
  EXPECT_EQ(of_match("destination_port: 65536").size(), 1U);
  EXPECT_EQ(
      of_match("destination_port: 70-30"),
      Texts{"5:29 expected a range that ends behind its begin, found \"70-30\" (30-70 may have been meant)"});
  EXPECT_EQ(of_match("ttl: 256"),
            Texts{"5:16 expected a TTL of 0 to 255, or a range like 1-5, found \"256\""});
  EXPECT_EQ(of_match("vlan: 4095").size(), 1U);
  EXPECT_EQ(of_match("protocol: 256").size(), 1U);
  EXPECT_EQ(of_match("country: deu").size(), 1U);
  EXPECT_EQ(of_match("asn: 4294967296").size(), 1U);
  EXPECT_EQ(of_match("source: 10.0.0.0/33").size(), 1U);
  EXPECT_EQ(of_match("interface: a-name-of-too-many-letters").size(), 1U);
  EXPECT_EQ(of_match("payload: {offset: 256, hex: 00}").size(), 1U);
  EXPECT_EQ(of_match("payload: {hex: '00 11', mask: ff}").size(), 1U);
  EXPECT_EQ(of_match("payload: {hex: '0'}").size(), 2U);
  EXPECT_EQ(of_match("source: []"),
            Texts{"5:19 expected an address, a prefix like 192.0.2.0/24, or the name of a set "
                  "of networks, found an empty list"});
  EXPECT_EQ(of_match("").size(), 1U);
  EXPECT_EQ(of_match("destination_port: {a: 1}").size(), 1U);
  EXPECT_EQ(of_rule("  observe: maybe\n"), Texts{"5:12 expected true or false, found \"maybe\""});
  EXPECT_EQ(of_rule("  reason: \"a\\nb\"\n").size(), 1U);
  EXPECT_EQ(of_rule("  reason: " + std::string(80, 'x') + "\n").size(), 1U);
}

TEST(PolicyFile, BoundsTheBlocksThatFindingsMake) {
  EXPECT_EQ(parse_policy("version: 1\nresponse: {most_blocks: 500}\n").policy.response.most_blocks, 500U);
  EXPECT_EQ(parse_policy("version: 1\n").policy.response.most_blocks, std::nullopt);
  EXPECT_EQ(flaws("version: 1\nresponse: {most_blocks: 50001}\n"),
            Texts{"2:25 expected a number of blocks of 0 to 50000, found \"50001\""});
  EXPECT_EQ(flaws("version: 1\nresponse:\n  most_block: 5\n"),
            (Texts{"3:3 expected a member of a response, found \"most_block\" (did you mean most_blocks)",
                   "3:3 expected \"most_blocks\" in a response, found none"}));
}

TEST(PolicyFile, RefusesNonsense) {
  EXPECT_EQ(of_match("icmp: echo-request"), Texts{"5:17 expected \"protocol: icmp\" or \"protocol: icmpv6\" "
                                                  "beside icmp (messages' numbers mean other "
                                                  "things in each)"});
  EXPECT_EQ(of_match("protocol: udp, tcp_flags: syn").size(), 1U);
  EXPECT_EQ(of_match("protocol: icmp, source_port: 1").size(), 1U);
  EXPECT_EQ(of_match("tcp_flags: [syn, !ack]"), Texts{"5:28 expected flags like syn, \"syn,!ack\" or none, "
                                                      "found nothing (\"!ack\" must stand in quotes)"});
  EXPECT_EQ(flaws("version: 1\nrules: [{name: a, verdict: {limit: [1/s, 2/s, 3/s]}}]\n").size(), 1U);
  EXPECT_EQ(flaws("version: 1\nrules: [{name: a, verdict: {limit: {rate: 1/s, burst: 2000}}}]\n").size(), 1U);
  EXPECT_EQ(flaws("version: 1\nrules: [{name: a, verdict: {limit: {rate: 1/s, prefix4: 8}}}]\n").size(), 1U);
  EXPECT_EQ(flaws("version: 1\nrules: [{name: a, verdict: {mark: 1, dscp: 2}}]\n").size(), 1U);
  EXPECT_EQ(flaws("version: 1\nrules: [{name: a b, verdict: drop}]\n").size(), 1U);
  EXPECT_EQ(flaws("version: 1\nallow: [{prefix: 192.0.2.1, observe: true}]\n").size(), 1U);
  EXPECT_EQ(flaws("version: 1\nservices: [{name: a, address: 192.0.2.1}]\n").size(), 1U);
  EXPECT_EQ(
      flaws("version: 1\nprotocols: {tls_min: 1.4, refuse: ssh, ja3: x, ja4: y, sni: '*.a.net'}\n").size(),
      5U);
}

TEST(PolicyFile, NamesSets) {
  const ReadPolicy read = parse_policy(
      "version: 1\n"
      "sets:\n"
      "  networks:\n"
      "    office: [192.0.2.0/24]\n"
      "    home: [192.0.2.128/25, 203.0.113.9]\n"
      "    both: [office, home]\n"
      "  ports: {web: [http, 443]}\n"
      "rules:\n"
      "- {name: a, match: {source: [both, 198.51.100.1], destination_port: [web, 22]}, verdict: pass}\n");
  ASSERT_TRUE(read.flaws.empty()) << read.flaws[0].what;
  const Match& match = read.policy.rules[0].match;
  EXPECT_EQ(match.source, (std::vector{*parse_prefix("192.0.2.0/24"), *parse_prefix("198.51.100.1"),
                                       *parse_prefix("203.0.113.9")}));
  EXPECT_EQ(match.destination_port, (std::vector<NumberRange>{{22, 22}, {80, 80}, {443, 443}}));
  EXPECT_EQ(flaws("version: 1\nsets: {networks: {office: 192.0.2.1}}\nblock: [ofice]\n")[0].substr(0, 4),
            "3:9 ");
  EXPECT_NE(flaws("version: 1\nsets: {networks: {office: 192.0.2.1}}\nblock: [ofice]\n")[0].find(
                "did you mean office"),
            std::string::npos);
  EXPECT_EQ(flaws("version: 1\nsets: {networks: {a: b, b: 192.0.2.1}}\n").size(), 1U);
}

TEST(PolicyFile, EndsOnAliasesThatNameOneAnother) {
  std::string text = "version: 1\nsets:\n  networks:\n    n: &n [" + std::string("192.0.2.1");
  for (int i = 0; i < 1000; i++) text += ", 10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
  text += "]\nrules:\n";
  for (int i = 0; i < 3000; i++)
    text += "- {name: r" + std::to_string(i) + ", match: {source: *n}, verdict: drop}\n";
  EXPECT_EQ(flaws(text).size(), 1U);
  EXPECT_EQ(flaws("version: 1\nrules: &a [*a]\n").size(), 1U);
  EXPECT_GE(flaws(std::string(100'000, '[')).size(), 1U);
}

TEST(PolicyFile, KeepsLinesForWhoTellsOfRules) {
  const ReadPolicy read =
      parse_policy("version: 1\nrules:\n- name: a\n  verdict: drop\n- name: b\n  verdict: pass\n");
  ASSERT_EQ(read.policy.rules.size(), 2U);
  EXPECT_EQ(read.policy.rules[0].line, 3U);
  EXPECT_EQ(read.policy.rules[1].line, 5U);
}

}  // namespace
}  // namespace vedette
