// Where findings are written to, as it stands on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "detect/finding.h"
#include "export/kafka_target.h"

namespace vedette {

enum class FindingProtocol : std::uint8_t { kSyslogUdp, kSyslogTcp, kSyslogLocal, kFile, kHttp, kKafka };

// "syslog", "syslog+tcp", "syslog+local", "file", "http", "kafka".
[[nodiscard]] std::string_view finding_protocol_name(FindingProtocol protocol);

struct FindingTarget {
  FindingProtocol protocol = FindingProtocol::kFile;
  std::string host;  // of syslog over a network
  std::uint16_t port = 0;
  std::string place;  // a file's or local socket's path, or the URL
  KafkaTarget kafka;
  Severity least = Severity::kInfo;
  std::string text;  // as it may be shown: without a password
};

// "syslog://HOST[:PORT]" (UDP, 514), "syslog+tcp://HOST[:PORT]" (601), "syslog:PATH" of a local socket,
// "syslog:" for /dev/log, "file:PATH", "http://…", "https://…", a Kafka topic as parse_kafka_target() says;
// behind it may stand ",severity=SEVERITY". Unusable where the text is none of these.
[[nodiscard]] Result<FindingTarget> parse_finding_target(const std::string& text);

}  // namespace vedette
