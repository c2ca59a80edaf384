// Where flows are sent to, as it stands on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "export/kafka_target.h"

namespace vedette {

enum class ExportProtocol : std::uint8_t { kIpfixUdp, kIpfixTcp, kNetflow9, kKafka };

[[nodiscard]] std::string_view export_protocol_name(ExportProtocol protocol);

struct ExportTarget {
  ExportProtocol protocol = ExportProtocol::kIpfixUdp;
  std::string host;  // a name or an address; this and the next two: not of Kafka
  std::uint16_t port = 0;
  std::uint32_t domain = 1;  // the observation domain, NetFlow's source id
  KafkaTarget kafka;
  std::string text;  // as it was given
};

// A Kafka topic as parse_kafka_target() says, or "ipfix://HOST[:PORT][,domain=N]", "ipfix+tcp://…",
// "netflow9://…"; an IPv6 address in brackets. The port is 4739 for IPFIX and 2055 for NetFlow where none is
// named. Unusable where the text is none of these.
[[nodiscard]] Result<ExportTarget> parse_export_target(const std::string& text);

}  // namespace vedette
