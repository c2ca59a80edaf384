// Countries and autonomous systems of rules as networks, out of databases that the reference writer made.
#include "act/rule_places.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "policy/policy_file.h"

namespace vedette {
namespace {

class RulePlaces : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/places-" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
    const std::string command = "perl " VEDETTE_GEO_WRITER " " + folder_ + " 2>/dev/null";
    if (std::system(command.c_str()) != 0)  // NOLINT(concurrency-mt-unsafe): one thread
      GTEST_SKIP() << "needs Debian's libmaxmind-db-writer-perl";
    ASSERT_TRUE(databases_.open(folder_ + "/country.mmdb"));
    ASSERT_TRUE(databases_.open(folder_ + "/asn.mmdb"));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // The first rule's sources, or what is wrong.
  std::string sources(const std::string& match, const GeoDatabases& databases) {
    auto policy =
        read_policy("version: 1\nrules:\n- {name: a, match: {" + match + "}, verdict: drop}\n", "p");
    if (!policy) return policy.error().text();
    notes_.clear();
    if (auto expanded = expand_places(*policy, databases, notes_); !expanded) return expanded.error().text();
    EXPECT_TRUE(policy->rules[0].match.country.empty() && policy->rules[0].match.asn.empty());
    std::string all;
    for (const Prefix& one : policy->rules[0].match.source)
      all += (all.empty() ? "" : " ") + prefix_text(one);
    return all;
  }
  std::string sources(const std::string& match) { return sources(match, databases_); }

  GeoDatabases databases_;
  std::vector<std::string> notes_;

 private:
  std::string folder_;
};

TEST_F(RulePlaces, AreTheNetworksOfTheDatabase) {
  EXPECT_EQ(sources("country: [DE, SE]"), "192.0.2.0/24 198.51.100.0/24 2001:db8:1::/48");
  EXPECT_EQ(notes_, std::vector<std::string>{"policy: a takes 3 networks of sources by their place"});
  EXPECT_EQ(sources("asn: AS64496"), "192.0.2.128/25");
}

TEST_F(RulePlaces, LeaveWhatTheRuleNamesBesides) {
  EXPECT_EQ(sources("country: DE, asn: 64496"), "192.0.2.128/25");
  EXPECT_EQ(sources("country: DE, source: [192.0.0.0/16, 198.51.100.7, 10.0.0.0/8]"),
            "192.0.2.0/24 198.51.100.7");
  EXPECT_EQ(sources("country: [DE, SE], source: '2001:db8::/32'"), "2001:db8:1::/48");
}

TEST_F(RulePlaces, AreThoseOfDestinationsAndOfProtocolsToo) {
  auto policy = read_policy(
      "version: 1\n"
      "rules:\n"
      "- {name: a, match: {destination_country: DE, destination_asn: 64496, country: SE}, verdict: drop}\n"
      "- {name: b, match: {app: ssh, country: DE}, verdict: drop}\n"
      "protocols:\n"
      "- {name: c, app: ftp, match: {destination_asn: AS64496}}\n",
      "p");
  ASSERT_TRUE(policy) << policy.error().text();
  const auto expanded = expand_places(*policy, databases_, notes_);
  ASSERT_TRUE(expanded) << expanded.error().text();
  const auto text = [](const std::vector<Prefix>& networks) {
    std::string all;
    for (const Prefix& one : networks) all += (all.empty() ? "" : " ") + prefix_text(one);
    return all;
  };
  const Match& rule = policy->rules[0].match;
  EXPECT_EQ(text(rule.destination), "192.0.2.128/25");
  EXPECT_FALSE(rule.source.empty());
  EXPECT_TRUE(rule.destination_country.empty() && rule.destination_asn.empty() && rule.country.empty());
  EXPECT_FALSE(policy->protocols[0].where.source.empty());
  EXPECT_EQ(text(policy->protocols[1].where.destination), "192.0.2.128/25");
  EXPECT_EQ(notes_.size(), 4U);
}

TEST_F(RulePlaces, AreRefusedWhereThereIsNothingToTellThem) {
  EXPECT_EQ(sources("country: DE", GeoDatabases()),
            "line 3: a asks for a country or autonomous system, and there is no database (vedetted --geoip "
            "FILE.mmdb)");
  EXPECT_EQ(sources("country: XX"),
            "line 3: a asks for a place in which the database has none of its sources");
  EXPECT_EQ(sources("country: DE, source: 10.0.0.0/8"),
            "line 3: a asks for a place in which the database has none of its sources");
}

}  // namespace
}  // namespace vedette
