// What a second's summary says of what came in it.
#include "sensor/live_seconds.h"

#include <gtest/gtest.h>

#include <string>

#include "packet/spoken.h"
#include "parse/protocols.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;

vdt_flow_key key_of(std::uint8_t last, std::uint16_t src_port, std::uint16_t dst_port) {
  vdt_flow_key key{};
  key.src.bytes[0] = key.dst.bytes[0] = 10;
  key.src.bytes[3] = last;
  key.dst.bytes[3] = 1;
  key.src_port = src_port;
  key.dst_port = dst_port;
  key.protocol = VDT_IP_TCP;
  key.ip_version = 4;
  return key;
}

vdt_flow_key turned(const vdt_flow_key& key) {
  vdt_flow_key other = key;
  std::swap(other.src, other.dst);
  std::swap(other.src_port, other.dst_port);
  return other;
}

class Seconds : public ::testing::Test {
 protected:
  std::unique_ptr<SecondStream> stream(std::uint64_t count = 0) {
    return seconds_.stream(count, [this](std::uint64_t number) { seconds_.forget(number); });
  }

  void tell(const SecondTotals& totals) {
    now_ += 1s;
    seconds_.tell(totals, now_);
  }

  static std::vector<StreamedSecond> all_of(SecondStream& stream) {
    std::vector<StreamedSecond> told;
    (void)stream.next(told, 0ns);
    return told;
  }

  static InterfaceStatus interface(std::uint64_t packets, std::uint64_t blocked) {
    InterfaceStatus one;
    one.name = "lan0";
    one.ifindex = 3;
    one.in.packets = packets;
    one.in.bytes = packets * 100;
    one.in.blocked_packets = blocked;
    return one;
  }

  LiveSeconds seconds_;
  LiveSeconds::Clock::time_point now_;
};

TEST_F(Seconds, TellByHowMuchCountersGrewSinceTheSecondBefore) {
  const auto stream = this->stream();
  tell({.interfaces = {interface(1000, 5)}, .created_flows = 50, .losses = 7});
  EXPECT_TRUE(all_of(*stream).empty()) << "there is nothing yet to compare with";
  tell({.time = 9s,
        .interfaces = {interface(1200, 25)},
        .live_flows = 4,
        .created_flows = 53,
        .losses = 8,
        .findings = 2});
  const auto told = all_of(*stream);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(
      told[0].json,
      R"({"time_ns":9000000000,"span_ns":1000000000,"interfaces":[{"interface":"lan0",)"
      R"("in":{"packets":200,"bytes":20000},"out":{"packets":0,"bytes":0},"dropped_packets":20}],)"
      R"("sources":[],"services":[],"versions":[],"live_flows":4,"new_flows":3,"losses":1,"findings":2})");
}

TEST_F(Seconds, BeginAtZeroWithCountersThatBeganAnew) {
  const auto stream = this->stream();
  tell({.interfaces = {interface(1000, 0)}});
  tell({.interfaces = {interface(30, 0)}});
  EXPECT_NE(all_of(*stream)[0].json.find(R"("in":{"packets":30,"bytes":3000})"), std::string::npos);
}

TEST_F(Seconds, TellWhoSentMostAndWhichServicesWereAsked) {
  const auto stream = this->stream();
  tell({});
  Flow web, other;
  web.key = key_of(7, 40'000, 443);
  web.spoken = spoken_number("tls", "1.3", "");
  other.key = key_of(8, 40'001, 22);
  seconds_.take(web.key, web, 2, 200);
  seconds_.take(turned(web.key), web, 10, 9000);
  seconds_.take(other.key, other, 5, 500);
  tell({});
  seconds_.take(other.key, other, 1, 60);
  tell({});
  const auto told = all_of(*stream);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_NE(told[0].json.find(R"("sources":[{"src_ip":"10.0.0.1","bytes":9000,"packets":10},)"
                              R"({"src_ip":"10.0.0.8","bytes":500,"packets":5},)"
                              R"({"src_ip":"10.0.0.7","bytes":200,"packets":2}])"),
            std::string::npos)
      << told[0].json;
  EXPECT_NE(told[0].json.find(
                R"("services":[{"protocol":"tcp","dst_port":443,"app":"tls","app_version":"1.3",)"
                R"("bytes":9200,"packets":12},{"protocol":"tcp","dst_port":22,"bytes":500,"packets":5}])"),
            std::string::npos)
      << told[0].json;
  EXPECT_NE(told[1].json.find(R"("sources":[{"src_ip":"10.0.0.8","bytes":60,"packets":1}])"),
            std::string::npos)
      << told[1].json;
}

TEST_F(Seconds, TellTheTenLargestOfAMillionForgedSources) {
  const auto stream = this->stream();
  tell({});
  Flow flow;
  for (std::uint32_t source = 0; source < 1'000'000; source++) {
    flow.key = key_of(0, 1, 80);
    flow.key.src.words[0] = source;
    seconds_.take(flow.key, flow, 1, 60);
    if (source % 1000 == 0) {
      flow.key = key_of(99, 1, 80);
      seconds_.take(flow.key, flow, 1, 1500);
    }
  }
  tell({});
  EXPECT_NE(
      all_of(*stream)[0].json.find(R"("sources":[{"src_ip":"10.0.0.99","bytes":1500000,"packets":1000},)"),
      std::string::npos);
}

TEST_F(Seconds, TellOutdatedVersionsFirst) {
  const auto stream = this->stream();
  tell({});
  ApplicationCounts common, old, unknown;
  common.app = "tls";
  common.app_version = "1.3";
  common.flows = 900;
  old.app = "ssh";
  old.app_version = "1.5";
  old.outdated_reason = "broken since 1998";
  old.flows = 1;
  unknown.flows = 5000;
  tell({.versions = {unknown, common, old}});
  EXPECT_NE(
      all_of(*stream)[0].json.find(
          R"("versions":[{"app":"ssh","app_version":"1.5","outdated":true,"outdated_reason":"broken since 1998","flows":1},)"
          R"({"app":"tls","app_version":"1.3","flows":900}])"),
      std::string::npos);
}

TEST_F(Seconds, AreSummedForNobody) {
  EXPECT_FALSE(seconds_.wanted());
  EXPECT_FALSE(seconds_.due(now_ + 1h));
  {
    const auto stream = this->stream();
    EXPECT_TRUE(seconds_.due(now_)) << "to have something to compare with";
    tell({});
    EXPECT_FALSE(seconds_.due(now_ + 900ms));
    EXPECT_TRUE(seconds_.due(now_ + 1s));
  }
  EXPECT_FALSE(seconds_.wanted());
}

TEST_F(Seconds, DoNotTellWhoComesLaterTheTimeBetween) {
  {
    const auto stream = this->stream();
    tell({.losses = 1});
  }
  const auto stream = this->stream();
  tell({.losses = 100});
  EXPECT_TRUE(all_of(*stream).empty());
  tell({.losses = 101});
  EXPECT_NE(all_of(*stream)[0].json.find(R"("losses":1,)"), std::string::npos);
}

TEST_F(Seconds, EndAtTheirCount) {
  const auto stream = this->stream(2);
  for (int second = 0; second < 5; second++) tell({});
  std::vector<StreamedSecond> told;
  EXPECT_TRUE(stream->next(told, 0ns));
  EXPECT_EQ(told.size(), 2U);
  EXPECT_FALSE(stream->next(told, 0ns));
  EXPECT_FALSE(seconds_.wanted());
}

}  // namespace
}  // namespace vedette
