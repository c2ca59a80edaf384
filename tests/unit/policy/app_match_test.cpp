// Applications in policies: their words, and rules that ask for them.
#include "policy/app_match.h"

#include <gtest/gtest.h>

#include "abi/payload_class.h"
#include "policy/policy_explain.h"
#include "policy/policy_file.h"
#include "policy/policy_text.h"

namespace vedette {
namespace {

using Texts = std::vector<std::string>;

std::string error_of(std::string_view text) {
  const auto read = read_app(text);
  return read ? app_word(*read) : read.error().text();
}

Texts flaws(const std::string& rules) {
  Texts all;
  for (const PolicyFlaw& flaw : parse_policy("version: 1\nrules:\n" + rules).flaws)
    all.push_back(flaw_text(flaw, "p"));
  return all;
}

TEST(AppMatch, ReadsEachApplicationAndVersion) {
  for (const std::string_view app : known_apps()) {
    EXPECT_EQ(error_of(app), app);
    for (const std::string_view version : known_versions(app))
      EXPECT_EQ(error_of(std::string(app) + " " + std::string(version)),
                std::string(app) + " " + std::string(version));
  }
  EXPECT_EQ(error_of("TLS ssl 3.0"), "tls SSL 3.0");
  EXPECT_EQ(error_of("http get"), "http GET");
}

TEST(AppMatch, TellsWhatIsNear) {
  EXPECT_EQ(error_of("postgres"),
            "expected an application like ssh or http, found \"postgres\" (did you mean postgresql)");
  EXPECT_EQ(error_of("torrent"),
            "expected an application like ssh or http, found \"torrent\" (did you mean bittorrent)");
  EXPECT_EQ(error_of("dns-sd"),
            "expected an application like ssh or http, found \"dns-sd\" (did you mean dns)");
  EXPECT_EQ(error_of("zzzzzz"), "expected an application like ssh or http, found \"zzzzzz\"");
  EXPECT_EQ(error_of("ssh 3"), "expected a version of ssh: 1.3, 1.5, 1.99, 2.0, found \"3\"");
}

TEST(AppMatch, KnowsWhichTheKernelTells) {
  EXPECT_EQ(classes_of_app({"dns", {}}), 0U);
  EXPECT_EQ(classes_of_app({"http", "GET"}), std::uint64_t{1} << VDT_PAYLOAD_HTTP_GET);
  EXPECT_EQ(classes_of_app({"http", "HTTP/2"}), std::uint64_t{1} << VDT_PAYLOAD_HTTP_2);
  EXPECT_EQ(classes_of_app({"http", "HTTP/1.1"}), 0U);
  EXPECT_EQ(classes_of_app({"tls", "1.2"}), 0U) << "a hello's highest version isn't the one that is spoken";
}

TEST(AppRules, RejectMarkColourAndSampleTooAndAreWrittenSo) {
  const ReadPolicy read = parse_policy(
      "version: 1\n"
      "rules:\n"
      "- {name: a, match: {app: ssh}, verdict: reject}\n"
      "- {name: b, match: {app: ftp}, verdict: {reject: administratively-prohibited}}\n"
      "- {name: c, match: {app: bittorrent}, verdict: {mark: 7}, observe: true}\n"
      "protocols:\n"
      "- {name: d, app: sip, verdict: {dscp: ef}}\n"
      "- {name: e, app: http, verdict: {sample: 10}}\n");
  ASSERT_TRUE(read.flaws.empty()) << flaws_error(read.flaws, "p").text();
  Texts told;
  for (const PolicyNote& note : explain(read.policy, {}).sentences) told.push_back(note.text);
  EXPECT_EQ(told, (Texts{"refuses, with a reset or ICMP's port-unreachable, connections of ssh",
                         "refuses, with ICMP's administratively-prohibited, connections of ftp",
                         "only counts what it would do: marks with 7 and lets pass connections of bittorrent",
                         "sets DSCP 46 on connections of sip",
                         "shows watchers one in 10 of, and lets pass, connections of http"}));
  EXPECT_EQ(parse_policy(policy_text(read.policy)).policy, read.policy);
}

TEST(AppRules, AreTheFirstOfTheProtocolPolicy) {
  const ReadPolicy read = parse_policy(
      "version: 1\n"
      "rules:\n"
      "- {name: office, match: {app: ssh, source: 192.0.2.0/24, destination_country: DE}, verdict: pass}\n"
      "- {name: files, match: {app: [ftp, smb 1.0], protocol: tcp}, verdict: drop, observe: true}\n"
      "- {name: web, match: {destination_port: 80}, verdict: pass}\n"
      "protocols:\n"
      "- {name: shells, app: ssh}\n");
  ASSERT_TRUE(read.flaws.empty()) << flaws_error(read.flaws, "p").text();
  ASSERT_EQ(read.policy.rules.size(), 1U);
  ASSERT_EQ(read.policy.protocols.size(), 3U);
  Texts told;
  for (const PolicyNote& note : explain(read.policy, {}).sentences) told.push_back(note.text);
  EXPECT_EQ(told, (Texts{"lets pass packets to port 80",
                         "lets pass connections from 192.0.2.0/24 to the countries DE of ssh",
                         "only counts what it would do: refuses TCP connections of ftp or smb 1.0",
                         "refuses connections of ssh"}));
  EXPECT_EQ(parse_policy(policy_text(read.policy)).policy, read.policy);
  EXPECT_EQ(explain(read.policy, {{.remote = parse_prefix("192.0.2.7").value(),
                                   .local = {},
                                   .protocol = 6,
                                   .remote_port = 50'000,
                                   .local_port = 22,
                                   .what = "an SSH session is open from there"}})
                .warnings.size(),
            1U)
      << "the country of any local address isn't known";
}

TEST(AppRules, AreRefusedWhereTheFilesOrderWouldDecideOtherwise) {
  EXPECT_EQ(
      flaws("- {name: all, match: {source: 192.0.2.0/24}, verdict: pass}\n"
            "- {name: shells, match: {app: ssh}, verdict: drop}\n"),
      Texts{"p: line 4, column 3: expected shells before all (line 3), which lets some of the same pass, "
            "found it behind (what a connection speaks is asked once it was let in)"});
  EXPECT_EQ(
      flaws("- {name: shells, match: {app: ssh, source: 192.0.2.0/24}, verdict: pass}\n"
            "- {name: rest, match: {protocol: tcp}, verdict: drop}\n"),
      Texts{"p: line 3, column 3: expected no rule behind shells that drops some of the same, found rest "
            "(line 4) (a connection's first packets don't show what it speaks)"});
  EXPECT_EQ(flaws("- {name: elsewhere, match: {source: 198.51.100.0/24}, verdict: pass}\n"
                  "- {name: pings, match: {protocol: icmp}, verdict: pass}\n"
                  "- {name: counted, verdict: pass, observe: true}\n"
                  "- {name: less, match: {protocol: tcp}, verdict: drop}\n"
                  "- {name: shells, match: {app: ssh, source: 192.0.2.0/24}, verdict: pass}\n"
                  "- {name: others, match: {app: ssh}, verdict: drop, observe: true}\n"),
            Texts{});
}

TEST(AppRules, AskOnlyWhatAConnectionHas) {
  EXPECT_EQ(flaws("- {name: a, match: {app: ssh, ttl: 3}, verdict: drop}\n").size(), 1U);
  EXPECT_EQ(flaws("- {name: a, match: {app: ssh}, verdict: {limit: 5/s}}\n").size(), 1U);
  EXPECT_EQ(flaws("- {name: a, match: {app: ssh}, verdict: {redirect: eth0}}\n").size(), 1U);
  EXPECT_EQ(flaws("- {name: a, match: {app: ssh}, verdict: pass, observe: true}\n").size(), 1U);
  EXPECT_EQ(flaws("- {name: a, match: {app: [ssh, ssh]}, verdict: drop}\n").size(), 1U);
  EXPECT_EQ(
      flaws("rates: [{name: a, match: {app: ssh}, limit: 5/s}]\n"),
      Texts{"p: line 3, column 32: expected app in rules and protocols, found it elsewhere (it shows once a "
            "connection is let in)"});
}

}  // namespace
}  // namespace vedette
