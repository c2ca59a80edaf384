#include "outdated/outdated_table.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace vedette {
namespace {

Handshake spoken(std::string_view app, std::string version = {}) {
  Handshake handshake;
  handshake.app = app;
  handshake.app_version = std::move(version);
  return handshake;
}

bool outdated(const OutdatedTable& table, const Handshake& handshake) {
  return table.reason(handshake).has_value();
}

class RuleFile {
 public:
  explicit RuleFile(std::string_view rules) { std::ofstream(path_) << rules; }
  ~RuleFile() { unlink(path_.c_str()); }
  RuleFile(const RuleFile&) = delete;
  RuleFile& operator=(const RuleFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = testing::TempDir() + "/outdated-" + std::to_string(getpid()) + ".yaml";
};

Result<OutdatedTable> with(std::string_view rules) {
  const RuleFile file(rules);
  OutdatedTable table = OutdatedTable::built_in();
  if (auto added = table.add_file(file.path()); !added) return std::unexpected(added.error());
  return table;
}

TEST(CompareVersions, GoesNumberByNumber) {
  EXPECT_EQ(compare_versions("3.1.1", "3.1"), 1);
  EXPECT_EQ(compare_versions("3.1.1", "10"), -1);
  EXPECT_EQ(compare_versions("HTTP/1.1", "1.1"), 0);
  EXPECT_EQ(compare_versions("v2", "2.0"), 0);
  EXPECT_EQ(compare_versions("99999999999999999999.1", "4"), 1);
  EXPECT_EQ(compare_versions("none", "4"), std::nullopt);
}

TEST(OutdatedTable, KnowsWhatIsOutdatedByItself) {
  const OutdatedTable table = OutdatedTable::built_in();
  for (const auto& [app, version] : {std::pair{"tls", "1.0"},
                                     {"tls", "SSL 3.0"},
                                     {"dtls", "1.0"},
                                     {"ssh", "1.5"},
                                     {"smb", "1.0"},
                                     {"snmp", "v2c"},
                                     {"ntp", "3"},
                                     {"http", "HTTP/1.0"},
                                     {"quic", "draft-29"},
                                     {"quic", "Q046"},
                                     {"ftp", ""},
                                     {"telnet", ""}})
    EXPECT_TRUE(outdated(table, spoken(app, version))) << app << version;
  for (const auto& [app, version] : {std::pair{"tls", "1.2"},
                                     {"tls", "1.3"},
                                     {"tls", ""},
                                     {"dtls", "1.2"},
                                     {"ssh", "2.0"},
                                     {"ssh", "1.99"},
                                     {"smb", "2.0.2"},
                                     {"smb", "3.1.1"},
                                     {"snmp", "v3"},
                                     {"ntp", "4"},
                                     {"http", "HTTP/1.1"},
                                     {"http", "HTTP/2"},
                                     {"quic", "v1"},
                                     {"dns", ""}})
    EXPECT_FALSE(outdated(table, spoken(app, version))) << app << version;
  EXPECT_EQ(table.reason(spoken("tls", "1.1")),
            "TLS 1.1 is deprecated: SHA-1 and MD5 in its handshake (since 2021-03; RFC 8996)");
}

TEST(OutdatedTable, GoesByWhatIsOfferedWhereNothingWasChosen) {
  const OutdatedTable table = OutdatedTable::built_in();
  Handshake client = spoken("tls");
  client.add("offered_versions", std::vector<std::string>{"1.1", "1.0"});
  EXPECT_TRUE(outdated(table, client));
  client.facts[0].list.insert(client.facts[0].list.begin(), "1.2");
  EXPECT_FALSE(outdated(table, client));
}

TEST(OutdatedTable, ReadsVersionsOfSoftware) {
  const OutdatedTable table = OutdatedTable::built_in();
  const auto serves = [](std::string_view app, std::string version, std::string_view fact, std::string text) {
    Handshake handshake = spoken(app, std::move(version));
    handshake.add(fact, std::move(text));
    return handshake;
  };
  EXPECT_TRUE(outdated(table, serves("ssh", "2.0", "server_software", "OpenSSH_6.6.1p1 Ubuntu-2ubuntu2")));
  EXPECT_FALSE(outdated(table, serves("ssh", "2.0", "server_software", "OpenSSH_7.4")));
  EXPECT_FALSE(outdated(table, serves("ssh", "2.0", "server_software", "OpenSSH_10.0")));
  EXPECT_FALSE(outdated(table, serves("ssh", "2.0", "server_software", "OpenSSH")));
  EXPECT_TRUE(outdated(table, serves("http", "HTTP/1.1", "server", "apache/2.2.15 (CentOS)")));
  EXPECT_FALSE(outdated(table, serves("http", "HTTP/1.1", "server", "Apache/2.4.6 (CentOS)")));
  EXPECT_TRUE(outdated(table, serves("mysql", "10", "server_software", "5.5.62-log")));
  EXPECT_FALSE(outdated(table, serves("mysql", "10", "server_software", "8.0.30")));
}

TEST(OutdatedTable, AsksTheUsersRulesFirst) {
  const auto table = with(
      "- {protocol: tls, versions: ['1.2'], why: we want 1.3, source: our policy}\n"
      "- {protocol: ftp, outdated: false}\n"
      "- {protocol: ssh, unless: [hassh], why: no fingerprint}\n");
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->reason(spoken("tls", "1.2")), "we want 1.3 (our policy)");
  EXPECT_TRUE(outdated(*table, spoken("tls", "1.0")));
  EXPECT_FALSE(outdated(*table, spoken("ftp")));
  Handshake ssh = spoken("ssh", "2.0");
  EXPECT_EQ(table->reason(ssh), "no fingerprint");
  ssh.add("hassh", "0123");
  EXPECT_FALSE(outdated(*table, ssh));
  EXPECT_TRUE(with(""));
}

TEST(OutdatedTable, SaysWhereAFileIsWrong) {
  const auto error = [](std::string_view rules) {
    const auto table = with(rules);
    const std::string text = table ? "" : table.error().text();
    return text.substr(text.find(".yaml") + 5);
  };
  EXPECT_EQ(error("a: 1"), ": line 1, column 1: expected a list of rules");
  EXPECT_EQ(error("- {protocol: tls, version: 1}").substr(0, 32), ": line 1, column 19: expected pr");
  EXPECT_EQ(error("- {protocol: tls, why: x}\n- {why: x}"),
            ": line 2, column 3: expected a protocol, found none in this rule");
  EXPECT_EQ(error("- {protocol: tls, why: x, below: none}"),
            ": line 1, column 3: expected a number in below, found \"none\"");
  EXPECT_EQ(error("- {protocol: tls, why: x, software: y}"),
            ": line 1, column 3: expected below or versions beside software, found neither");
  EXPECT_EQ(error("- [\n").substr(0, 2), ": ");
  EXPECT_EQ(error("- {protocol: [a], why: x}").substr(0, 19), ": line 1, column 14");
  EXPECT_FALSE(OutdatedTable::built_in().add_file("/nowhere/rules.yaml"));
}

}  // namespace
}  // namespace vedette
