// Flows as a Kafka topic's messages: each the JSON object that the contract calls a flow, with what it grew
// by.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "export/flow_output.h"
#include "export/kafka_producer.h"
#include "export/kafka_target.h"

namespace vedette {

struct KafkaFlowsOptions {
  KafkaProducerOptions producer;
  std::chrono::milliseconds last_words{3'000};  // for what waits at the end
};

// One message an ended flow or a long one's report that has grown: a flow's members, `sensor` (this host's
// name), and what it grew by since its report before, or in all: since_ns, grown_packets, grown_bytes,
// grown_reply_packets, grown_reply_bytes. Keyed by the flow's ends, so that its reports keep their order.
// `text`: the target as it may be shown. Unusable where librdkafka refuses a property.
[[nodiscard]] Result<std::unique_ptr<FlowOutput>> make_kafka_flows(const KafkaTarget& target,
                                                                   const std::string& text,
                                                                   KafkaFlowsOptions options);

}  // namespace vedette
