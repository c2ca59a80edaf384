// A topic of a Kafka cluster, as it stands on a command line.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace vedette {

struct KafkaTarget {
  std::string brokers;  // librdkafka's bootstrap.servers
  std::string topic;
  std::vector<std::pair<std::string, std::string>> properties;  // librdkafka's, in the file's order
};

[[nodiscard]] bool is_kafka_url(std::string_view text);

// "kafka://HOST[:PORT][,HOST[:PORT]…]/TOPIC[,properties=FILE]"; the port is 9092 where none is named. FILE
// holds librdkafka's properties, NAME=VALUE a line, "#" before a comment: it is where passwords are kept.
// `where` begins what is said where the text is none of these or the file can't be read: unusable.
[[nodiscard]] Result<KafkaTarget> parse_kafka_target(std::string_view text, const std::string& where);

}  // namespace vedette
