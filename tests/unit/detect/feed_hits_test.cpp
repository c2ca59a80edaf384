#include "detect/feed_hits.h"

#include "detect/indicator_file.h"
#include "tests/unit/detect/dns_message_builder.h"
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kHost = 0x0a000005;
constexpr std::uint32_t kListed = 0xc6336402;  // 198.51.100.2

vdt_address ipv4_address(std::uint32_t number) {
  vdt_address address{};
  std::ranges::copy(be32(number), address.bytes);
  return address;
}

std::shared_ptr<const IndicatorTable> table_of(std::string_view text) {
  auto table = std::make_shared<IndicatorTable>();
  static_cast<void>(add_indicators(text, table->add_feed("list"), *table));
  table->sort();
  return table;
}

TEST(IndicatorFile, ReadsWhatFeedsLookLike) {
  IndicatorTable table;
  const IndicatorsRead read = add_indicators(
      "# plain\n"
      "192.0.2.9\r\n"
      "198.51.100.0/24 ; SBL12345\n"
      "0.0.0.0 hosts.example\n"
      "\"2021-01-17 07:30:05\",\"203.0.113.7\",\"443\",\"online\",\"2021-01-18\",\"Dridex\"\n"
      "b386946a5a44d1ddcc843bc75336dfce,2017-07-14 18:08:15,2019-07-27 20:42:54,Dridex\n"
      "\"1\",\"2024-01-01 00:00:00\",\"http://url.example:8080/a.exe\",\"online\"\n"
      "t13d1516h2_8daaf6152771_e5627efa2ab1\n"
      "2001:db8:bad::/48\n"
      "no indicator here\n"
      "999.1.2.3\n",
      table.add_feed("mixed"), table);
  table.sort();
  EXPECT_EQ(read.added, 8U);
  EXPECT_EQ(read.without, 2U);
  EXPECT_EQ(read.first_without, 10U);
  EXPECT_EQ(table.size(), 8U);
  EXPECT_TRUE(table.find(ipv4_address(0xc0000209), 4));
  EXPECT_FALSE(table.find(ipv4_address(0xc000020a), 4));
  EXPECT_EQ(table.find(ipv4_address(kListed), 4)->indicator, "198.51.100.0/24");
  EXPECT_TRUE(table.find(ipv4_address(0xcb007107), 4));
  EXPECT_TRUE(table.find_domain("hosts.example"));
  EXPECT_TRUE(table.find_domain("url.example"));
  EXPECT_TRUE(table.find_fingerprint("B386946A5A44D1DDCC843BC75336DFCE"));
  EXPECT_TRUE(table.find_fingerprint("t13d1516h2_8daaf6152771_e5627efa2ab1"));
}

TEST(IndicatorTable, KnowsDomainsWithAllBelowThem) {
  const auto shared = table_of("evil.example\nwww.mixed.example\n");
  const IndicatorTable& table = *shared;
  EXPECT_EQ(table.find_domain("A.B.Evil.Example.")->indicator, "evil.example");
  EXPECT_TRUE(table.find_domain("evil.example"));
  EXPECT_FALSE(table.find_domain("notevil.example"));
  EXPECT_FALSE(table.find_domain("mixed.example"));
  EXPECT_FALSE(table.find_domain("example"));
  EXPECT_FALSE(table.find_domain(""));
}

TEST(IndicatorTable, TellsTheNarrowestNetworkAndTheFirstFeed) {
  IndicatorTable table;
  const std::uint16_t wide = table.add_feed("wide"), narrow = table.add_feed("narrow");
  table.add(*parse_prefix("198.51.0.0/16"), wide);
  table.add(*parse_prefix("198.51.100.2"), narrow);
  table.add(*parse_prefix("198.51.100.2"), wide);
  table.sort();
  EXPECT_EQ(table.find(ipv4_address(kListed), 4)->feed, "narrow");
  EXPECT_EQ(table.find(ipv4_address(0xc6330001), 4)->feed, "wide");
  EXPECT_FALSE(table.find(ipv4_address(kListed), 6));
}

class FeedHitsTest : public WatchedTraffic {
 protected:
  FeedHitsTest() : WatchedTraffic({.indicators = table_of(kList)}) {}

  [[nodiscard]] const Finding* found(FindingKind kind) const {
    const auto finding = std::ranges::find(over_, kind, &Finding::kind);
    return finding == over_.end() ? nullptr : &*finding;
  }

  static constexpr std::string_view kList =
      "198.51.100.2\nevil.example\nhttp://shared.example/a.exe\nhttps://198.51.100.7:8443/b\n";
};

TEST_F(FeedHitsTest, TellContactWithAListedAddress) {
  send({kHost, kListed}, VDT_IP_TCP, tcp(1000, 443, 2), 1s);
  ASSERT_EQ(raised_.size(), 1U);
  EXPECT_EQ(raised_[0].kind, FindingKind::kBlocklistHit);
  EXPECT_EQ(raised_[0].severity, Severity::kMedium);
  send({kListed, kHost}, VDT_IP_TCP, tcp(443, 1000, 0x12), 2s);
  send({kHost, kListed}, VDT_IP_TCP, tcp(1000, 443, 0x18, {}, zeros(10)), 3s);
  finish();
  ASSERT_EQ(over_.size(), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kHigh);
  EXPECT_EQ(over_[0].packets, 3U);
}

TEST_F(FeedHitsTest, TellLessOfWhoKnocksInVain) {
  send({kListed, kHost}, VDT_IP_TCP, tcp(1000, 22, 2), 1s);
  send({kHost, kListed}, VDT_IP_TCP, tcp(22, 1000, 0x14), 2s);
  finish();
  ASSERT_NE(found(FindingKind::kBlocklistHit), nullptr);
  EXPECT_EQ(found(FindingKind::kBlocklistHit)->severity, Severity::kLow);
}

TEST_F(FeedHitsTest, TellAListedDomain) {
  send({kHost, 0x0a000001}, VDT_IP_UDP, udp(2000, 53, dns_question(7, "c2.evil.example", 1)), 1s);
  send({0x0a000001, kHost}, VDT_IP_UDP, udp(53, 2000, dns_reply(7, "c2.evil.example", 1, 0)), 2s);
  finish();
  ASSERT_NE(found(FindingKind::kMaliciousDomain), nullptr);
  EXPECT_EQ(found(FindingKind::kMaliciousDomain)->severity, Severity::kMedium);
}

TEST_F(FeedHitsTest, TellLessOfAHostThatAUrlNames) {
  send({kHost, 0x0a000001}, VDT_IP_UDP, udp(2000, 53, dns_question(7, "shared.example", 1)), 1s);
  send({0x0a000001, kHost}, VDT_IP_UDP, udp(53, 2000, dns_reply(7, "shared.example", 1, 0)), 2s);
  send({kHost, 0x0a000001}, VDT_IP_UDP, udp(2001, 53, dns_question(8, "www.shared.example", 1)), 3s);
  send({kHost, 0xc6336407}, VDT_IP_TCP, tcp(1000, 443, 2), 4s);
  finish();
  ASSERT_EQ(over_.size(), 2U);
  ASSERT_NE(found(FindingKind::kMaliciousDomain), nullptr);
  EXPECT_EQ(found(FindingKind::kMaliciousDomain)->severity, Severity::kLow);
  EXPECT_NE(found(FindingKind::kMaliciousDomain)->why.find("lists a URL of shared.example"),
            std::string::npos);
  ASSERT_NE(found(FindingKind::kBlocklistHit), nullptr);
  EXPECT_EQ(found(FindingKind::kBlocklistHit)->severity, Severity::kLow);
}

TEST_F(FeedHitsTest, TakeAnotherTableBetweenTwoPackets) {
  send({kHost, kListed}, VDT_IP_TCP, tcp(1000, 443, 2), 1s);
  detection_.use(table_of("198.51.100.3\n"));
  send({kHost, kListed}, VDT_IP_TCP, tcp(1001, 443, 2), 2s);
  send({kHost, 0xc6336403}, VDT_IP_TCP, tcp(1000, 443, 2), 3s);
  EXPECT_EQ(raised_.size(), 2U);
  detection_.use(nullptr);
  send({kHost, 0xc6336403}, VDT_IP_TCP, tcp(1001, 443, 2), 4s);
  finish();
  EXPECT_EQ(raised_.size(), 2U);
}

// Whoever turns to a listed address fell victim to it; who comes from one attacks.
TEST_F(FeedHitsTest, TellWhichSideIsTheVictim) {
  send({kHost, kListed}, VDT_IP_TCP, tcp(1000, 443, 2), 1s);
  send({kListed, 0x0a000006}, VDT_IP_TCP, tcp(1000, 22, 2), 2s);
  ASSERT_EQ(raised_.size(), 2U);
  EXPECT_TRUE(raised_[0].by_victim);
  EXPECT_FALSE(raised_[1].by_victim);
}

TEST_F(FeedHitsTest, TellNothingOfOthers) {
  send({kHost, 0xc6336403}, VDT_IP_TCP, tcp(1000, 443, 2), 1s);
  send({kHost, 0x0a000001}, VDT_IP_UDP, udp(2000, 53, dns_question(7, "www.good.example", 1)), 1s);
  finish();
  EXPECT_TRUE(over_.empty());
}

}  // namespace
}  // namespace vedette::tests
