// Each format in the shapes that its publishers give it, and what can't be used told with its line.
#include "feed/feed_format.h"

#include <gtest/gtest.h>

#include <random>

namespace vedette {
namespace {

std::string networks(const FeedContent& content) {
  std::string all;
  for (const FedNetwork& one : content.networks)
    all += prefix_text(one.prefix) + (one.note.empty() ? "" : "(" + one.note + ")") + " ";
  return all;
}

std::string values(const std::vector<FedIndicator>& indicators) {
  std::string all;
  for (const FedIndicator& one : indicators) all += one.value + " ";
  return all;
}

FeedContent read(std::string_view text, FeedFormat format = FeedFormat::kAuto, std::string column = {}) {
  auto content = read_feed(text, {format, std::move(column)});
  EXPECT_TRUE(content) << content.error().text();
  return content ? std::move(*content) : FeedContent{};
}

TEST(PlainFeed, IsSpamhausDropAsText) {
  const FeedContent content =
      read("; Spamhaus DROP List 2026/11/26\n1.10.16.0/20 ; SBL256894\r\n2a06:e480::/29 ; SBL301771\n");
  EXPECT_EQ(networks(content), "1.10.16.0/20(SBL256894) 2a06:e480::/29(SBL301771) ");
  EXPECT_EQ(content.bad, 0U);
}

TEST(PlainFeed, IsAFireHolNetsetAndRangesToo) {
  const FeedContent content =
      read("#\n# firehol_level1\n#\n0.0.0.0/8\n1.0.1.9\n10.0.0.1-10.0.0.6\n0.0.0.0 - 255.255.255.255\n");
  EXPECT_EQ(networks(content), "0.0.0.0/8 1.0.1.9 10.0.0.1 10.0.0.2/31 10.0.0.4/31 10.0.0.6 0.0.0.0/0 ");
}

TEST(PlainFeed, LeavesOutBitsBehindALength) {
  EXPECT_EQ(networks(read("192.0.2.77/24")), "192.0.2.0/24 ");
}

TEST(PlainFeed, TellsDomainsAndFingerprints) {
  const FeedContent content =
      read("Bad-Host.example.org\ne7d705a3286e19ea42f587b344ee6865\nt13d1516h2_8daaf6152771_b186095e22b6\n");
  EXPECT_EQ(values(content.domains), "bad-host.example.org ");
  EXPECT_EQ(values(content.ja3), "e7d705a3286e19ea42f587b344ee6865 ");
  EXPECT_EQ(values(content.ja4), "t13d1516h2_8daaf6152771_b186095e22b6 ");
}

TEST(PlainFeed, TellsHostsOfUrlsAndBlocksNone) {
  const FeedContent content = read(
      "http://192.0.2.7:8080/a.sh\nhttps://Shared.example/b?c#d\nhttp://[2001:db8::7]/\nhttp://no_host/\n");
  EXPECT_EQ(values(content.url_hosts), "192.0.2.7 shared.example 2001:db8::7 ");
  EXPECT_EQ(content.url_hosts.front().note, "http://192.0.2.7:8080/a.sh");
  EXPECT_TRUE(content.networks.empty() && content.domains.empty());
  EXPECT_EQ(content.bad, 1U);
}

TEST(PlainFeed, TellsEachBadLineWithItsNumber) {
  const FeedContent content =
      read("192.0.2.1\n192.0.2.256\n\n1.2.3.4/33\n2001:db8::/129\n10.0.0.9-10.0.0.1\n<html>\n1.2.3.4/\n");
  EXPECT_EQ(networks(content), "192.0.2.1 ");
  EXPECT_EQ(content.bad, 6U);
  std::string lines;
  for (const BadLine& bad : content.bad_lines) lines += std::to_string(bad.line) + " ";
  EXPECT_EQ(lines, "2 4 5 6 7 8 ");
}

TEST(PlainFeed, BoundsWhatItTellsOfBadLines) {
  std::string text;
  for (int i = 0; i < 1000; i++) text += std::string(10'000, '?') + "\n";
  const FeedContent content = read(text);
  EXPECT_EQ(content.bad, 1000U);
  EXPECT_EQ(content.bad_lines.size(), kBadLinesTold);
  EXPECT_LT(content.bad_lines.front().what.size(), 200U);
}

TEST(HostsFeed, IsUrlhausHostfile) {
  const FeedContent content = read(
      "# abuse.ch URLhaus Host file\n127.0.0.1\tbad.example.com\n0.0.0.0 a.example b.example # "
      "both\n127.0.0.1\n",
      FeedFormat::kHosts);
  EXPECT_EQ(values(content.domains), "bad.example.com a.example b.example ");
  EXPECT_EQ(content.bad, 1U);
}

TEST(CsvFeed, IsFeodoTrackersByItsHeadersName) {
  const FeedContent content = read(
      "# Feodo Tracker Botnet C2 IP Blocklist "
      "(CSV)\n#\n\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\",\"malware\"\n"
      "\"2026-11-01 10:00:00\",\"192.0.2.33\",\"443\",\"online\",\"2026-11-26\",\"Emotet\"\n# END 1 "
      "entries\n",
      FeedFormat::kCsv, "dst_ip");
  EXPECT_EQ(networks(content), "192.0.2.33(2026-11-01 10:00:00, 443, online, 2026-11-26, Emotet) ");
  EXPECT_EQ(content.bad, 0U);
}

TEST(CsvFeed, IsSslblsJa3ByNumberAndByItself) {
  const std::string text =
      "# "
      "ja3_md5,Firstseen,Lastseen,Listingreason\nb386946a5a44d1ddcc843bc75336dfce,2017-07-14,2026-07-23,"
      "Dridex\n";
  EXPECT_EQ(values(read(text, FeedFormat::kCsv, "1").ja3), "b386946a5a44d1ddcc843bc75336dfce ");
  EXPECT_EQ(values(read(text, FeedFormat::kCsv, "ja3_md5").ja3), "b386946a5a44d1ddcc843bc75336dfce ");
  EXPECT_EQ(values(read(text, FeedFormat::kCsv).ja3), "b386946a5a44d1ddcc843bc75336dfce ");
}

TEST(CsvFeed, RefusesAColumnThatNoHeaderNames) {
  EXPECT_FALSE(read_feed("a,b\n1.2.3.4,x\n", {FeedFormat::kCsv, "ip"}));
  EXPECT_EQ(read("a,b\n1.2.3.4,x\nshort\n", FeedFormat::kCsv, "2").bad, 2U);
}

TEST(SpamhausFeed, IsAnObjectALine) {
  const FeedContent content = read(
      "{\"cidr\":\"1.10.16.0/20\",\"sblid\":\"SBL256894\",\"rir\":\"apnic\"}\n{\"cidr\":\n"
      "{\"type\":\"metadata\",\"timestamp\":1764144000,\"size\":1,\"records\":1}\n");
  EXPECT_EQ(networks(content), "1.10.16.0/20(SBL256894) ");
  ASSERT_EQ(content.bad, 1U);
  EXPECT_EQ(content.bad_lines.front().line, 2U);
}

TEST(MispFeed, IsAnEventWithItsObjects) {
  const FeedContent content = read(R"({"Event":{"info":"x","Attribute":[
    {"type":"ip-dst","value":"192.0.2.1","to_ids":true,"comment":"C2"},
    {"type":"ip-dst|port","value":"192.0.2.2|443","to_ids":true},
    {"type":"ip-src","value":"192.0.2.3","to_ids":false},
    {"type":"ip-src","value":"192.0.2.4","deleted":true},
    {"type":"sha256","value":"00"}],
    "Object":[{"name":"domain-ip","Attribute":[{"type":"domain","value":"c2.example.net"},
      {"type":"ja3-fingerprint-md5","value":"b386946a5a44d1ddcc843bc75336dfce"}]}]}})");
  EXPECT_EQ(networks(content), "192.0.2.1(C2) 192.0.2.2 ");
  EXPECT_EQ(values(content.domains), "c2.example.net ");
  EXPECT_EQ(content.ja3.size(), 1U);
}

TEST(StixFeed, IsABundleOfIndicators) {
  const FeedContent content = read(R"({"type":"bundle","id":"bundle--1","objects":[
    {"type":"identity","name":"x"},
    {"type":"indicator","name":"C2","pattern":"[ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value='198.51.100.0/24']","valid_until":"2030-01-02T03:04:05.678Z"},
    {"type":"indicator","pattern":"[ipv6-addr:value = '2001:db8::1']"},
    {"type":"indicator","pattern":"[domain-name:value = 'evil.example']"},
    {"type":"indicator","pattern":"[ipv4-addr:value = '192.0.2.9' AND x:y = 1]"},
    {"type":"indicator","revoked":true,"pattern":"[ipv4-addr:value = '192.0.2.8']"},
    {"type":"indicator","pattern":"[ipv4-addr:value = '192.0.2.7']","valid_until":"soon"}]})");
  EXPECT_EQ(networks(content), "192.0.2.1(C2) 198.51.100.0/24(C2) 2001:db8::1 ");
  EXPECT_EQ(content.networks.front().until_s, 1893553445U);
  EXPECT_EQ(values(content.domains), "evil.example ");
  EXPECT_EQ(content.bad, 2U);
}

TEST(JsonFeeds, RefuseWhatIsNoDocument) {
  for (const FeedFormat format : {FeedFormat::kMisp, FeedFormat::kStix}) {
    EXPECT_FALSE(read_feed("{\"objects\":[", {format, {}}));
    EXPECT_FALSE(read_feed("", {format, {}}));
  }
  EXPECT_FALSE(read_feed("{\"objects\":7}", {FeedFormat::kStix, {}}));
}

TEST(Feeds, OutliveAnyBytes) {
  std::mt19937 random(5);
  const std::string_view alphabet = "0123456789abcdef.:/-,;#\"'{}[]= \t\n\r\\|\xff";
  for (int i = 0; i < 3000; i++) {
    std::string text;
    for (auto size = random() % 200; size > 0; size--) text += alphabet[random() % alphabet.size()];
    for (int format = 0; format <= static_cast<int>(FeedFormat::kStix); format++) {
      const auto content = read_feed(text, {static_cast<FeedFormat>(format), i % 2 ? "a" : ""});
      if (!content) continue;
      for (const FedNetwork& one : content->networks)
        EXPECT_EQ(prefix_of(one.prefix.address, one.prefix.ip_version, one.prefix.length), one.prefix);
    }
  }
}

}  // namespace
}  // namespace vedette
