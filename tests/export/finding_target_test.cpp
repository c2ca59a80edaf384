#include "export/finding_target.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vedette {
namespace {

std::string said(const std::string& text) {
  const auto target = parse_finding_target(text);
  if (!target) return target.error().text();
  return fmt::format("{} {}:{} {} {}", finding_protocol_name(target->protocol), target->host, target->port,
                     target->place, severity_name(target->least));
}

TEST(FindingTarget, IsAServerALogAFileOrAUrl) {
  EXPECT_EQ(said("syslog://log.example"), "syslog log.example:514  info");
  EXPECT_EQ(said("syslog+tcp://[2001:db8::1]:6514,severity=high"), "syslog+tcp 2001:db8::1:6514  high");
  EXPECT_EQ(said("syslog:"), "syslog+local :0 /dev/log info");
  EXPECT_EQ(said("syslog:/run/log"), "syslog+local :0 /run/log info");
  EXPECT_EQ(said("file:/var/log/a,b.ndjson,severity=low"), "file :0 /var/log/a,b.ndjson low");
  EXPECT_EQ(said("file:///var/log/a"), "file :0 /var/log/a info");
  EXPECT_EQ(said("https://hook.example/a?b=c,d"), "http :0 https://hook.example/a?b=c,d info");
}

TEST(FindingTarget, IsAKafkaTopic) {
  const auto target = parse_finding_target("kafka://a:9092,b/findings,severity=high");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->protocol, FindingProtocol::kKafka);
  EXPECT_EQ(target->kafka.brokers, "a:9092,b");
  EXPECT_EQ(target->kafka.topic, "findings");
  EXPECT_EQ(target->least, Severity::kHigh);
}

TEST(FindingTarget, ShowsNoPassword) {
  EXPECT_EQ(parse_finding_target("https://user:secret@hook.example/a")->text, "https://hook.example/a");
}

TEST(FindingTarget, SaysWhatIsWrong) {
  for (const std::string text :
       {"", "syslog", "syslog://", "syslog://a:0", "syslog://a:70000", "syslog://a/b", "syslog:log",
        "file:log", "file:", "file://host/log", "ftp://a/b", "https://"})
    EXPECT_EQ(said(text),
              "--findings-to " + text +
                  ": expected syslog://HOST[:PORT], syslog+tcp://HOST[:PORT], syslog:, file:PATH, http://, "
                  "https:// or kafka://HOST[:PORT]/TOPIC, with ,severity=SEVERITY behind it or not");
  EXPECT_EQ(
      said("syslog:,severity=grave"),
      "--findings-to syslog:,severity=grave: expected info, low, medium, high or critical, found grave");
}

}  // namespace
}  // namespace vedette
