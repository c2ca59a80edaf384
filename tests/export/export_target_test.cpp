#include "export/export_target.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vedette {
namespace {

std::string said(const std::string& text) {
  const auto target = parse_export_target(text);
  if (!target) return target.error().text();
  return fmt::format("{} {} {} {}", export_protocol_name(target->protocol), target->host, target->port,
                     target->domain);
}

TEST(ExportTarget, HasThePortsThatCollectorsListenOn) {
  EXPECT_EQ(said("ipfix://collector.example"), "ipfix collector.example 4739 1");
  EXPECT_EQ(said("ipfix+tcp://192.0.2.1"), "ipfix+tcp 192.0.2.1 4739 1");
  EXPECT_EQ(said("netflow9://192.0.2.1"), "netflow9 192.0.2.1 2055 1");
}

TEST(ExportTarget, TakesPortsDomainsAndIpv6) {
  EXPECT_EQ(said("ipfix://192.0.2.1:9995,domain=4294967295"), "ipfix 192.0.2.1 9995 4294967295");
  EXPECT_EQ(said("netflow9://[2001:db8::1]:9995"), "netflow9 2001:db8::1 9995 1");
  EXPECT_EQ(said("ipfix://[2001:db8::1],domain=7"), "ipfix 2001:db8::1 4739 7");
}

TEST(ExportTarget, IsAKafkaTopic) {
  const auto target = parse_export_target("kafka://a:9092,b/flows");
  ASSERT_TRUE(target);
  EXPECT_EQ(export_protocol_name(target->protocol), "kafka");
  EXPECT_EQ(target->kafka.brokers, "a:9092,b");
  EXPECT_EQ(target->kafka.topic, "flows");
}

TEST(ExportTarget, SaysWhatIsWrong) {
  const std::string form =
      ": expected ipfix://HOST[:PORT], ipfix+tcp://HOST[:PORT] or netflow9://HOST[:PORT], with ,domain=N "
      "behind it or not, or kafka://HOST[:PORT]/TOPIC";
  for (const std::string text : {"ipfix", "ipfix:/a", "sflow://192.0.2.1", "ipfix://", "ipfix://:4739",
                                 "ipfix://a/b", "ipfix://a?port=1", "ipfix://[2001:db8::1]x"})
    EXPECT_EQ(said(text), "--export " + text + form);
  for (const std::string port : {"", "0", "65536", "-1", "9x"})
    EXPECT_EQ(said("ipfix://a:" + port),
              "--export ipfix://a:" + port + ": expected a port of 1 to 65535, found " + port);
  EXPECT_EQ(said("ipfix://a,domain=0"),
            "--export ipfix://a,domain=0: expected a domain of 1 to 4294967295, found 0");
}

}  // namespace
}  // namespace vedette
