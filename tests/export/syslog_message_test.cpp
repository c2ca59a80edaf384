#include "export/syslog_message.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace vedette {
namespace {

using namespace std::chrono_literals;

Finding finding() {
  Finding finding;
  finding.detector = "port_scan";
  finding.kind = FindingKind::kPortScan;
  finding.severity = Severity::kHigh;
  finding.detected = 1'700'000'000'000'123'456ns;
  finding.why = "says \"ä€😀\"";
  return finding;
}

const SyslogSender kSender{.host = "host.example", .pid = 42};

TEST(SyslogMessage, IsOfRfc5424) {
  const std::string message = syslog_message(finding(), kSender);
  EXPECT_TRUE(message.starts_with(
      "<83>1 2023-11-14T22:13:20.000123Z host.example vedetted 42 port_scan - @cee: {\"id\":"))
      << message;
  EXPECT_TRUE(message.ends_with("}"));
}

TEST(SyslogMessage, HasSeveritiesOfItsOwn) {
  Finding one = finding();
  for (const auto& [severity, priority] :
       {std::pair{Severity::kInfo, "<86>"}, std::pair{Severity::kLow, "<85>"},
        std::pair{Severity::kMedium, "<84>"}, std::pair{Severity::kCritical, "<82>"}}) {
    one.severity = severity;
    EXPECT_TRUE(syslog_message(one, kSender).starts_with(priority));
  }
}

TEST(SyslogMessage, IsAsciiAlone) {
  EXPECT_NE(syslog_message(finding(), kSender).find(R"(says \"\u00e4\u20ac\ud83d\ude00\")"),
            std::string::npos);
  EXPECT_EQ(ascii_json("{\"a\":\"b\"}"), "{\"a\":\"b\"}");
}

TEST(SyslogMessage, ForTheLocalLogIsAsOfSyslog3) {
  setenv("TZ", "UTC", 1);
  tzset();
  Finding one = finding();
  one.detected = 1'699'308'000'000'000'000ns;  // 2023-11-06 22:00:00
  EXPECT_TRUE(local_syslog_message(one, kSender).starts_with("<83>Nov  6 22:00:00 vedetted[42]: @cee: {"))
      << local_syslog_message(one, kSender);
}

}  // namespace
}  // namespace vedette
