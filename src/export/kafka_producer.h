// Messages on their way to a Kafka topic, by librdkafka: a bounded queue that it empties by itself. Each
// message was delivered, which its brokers have acknowledged, or is counted with the reason why not.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "export/kafka_target.h"

namespace vedette {

struct KafkaCounts {
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;  // of those delivered
  std::size_t waiting = 0;
  std::string error;  // of the last that failed, or of a connection; empty since one was delivered
};

struct KafkaProducerOptions {
  std::size_t queue = 65'536;                    // messages that wait at most
  std::size_t queue_kbytes = 65'536;             // and their KiB
  std::chrono::milliseconds patience{300'000};   // a message is tried so long; 0 = for ever
  std::function<void(const std::string&)> note;  // where the cluster's trouble begins, from poll()'s thread
};

// Any thread; poll() and flush() from one at a time.
class KafkaProducer {
 public:
  virtual ~KafkaProducer() = default;

  // False where the queue is full. `key` decides the partition: messages of one key keep their order.
  [[nodiscard]] virtual bool put(std::string_view key, std::string_view text) = 0;
  // Learns what became of messages, for up to so long.
  virtual void poll(std::chrono::milliseconds wait) = 0;
  // The same until nothing waits.
  virtual void flush(std::chrono::milliseconds wait) = 0;
  // What waits fails.
  virtual void give_up() = 0;
  [[nodiscard]] virtual KafkaCounts counts() const = 0;
};

// Delivers in order, once each, acknowledged by all replicas in sync, unless the target's properties say
// otherwise. Connects by threads that hold no more than the daemon's privileges (base/privileges.h). Unusable
// where librdkafka refuses a property; `where` begins what is said.
[[nodiscard]] Result<std::unique_ptr<KafkaProducer>> make_kafka_producer(const KafkaTarget& target,
                                                                         const std::string& where,
                                                                         KafkaProducerOptions options);

}  // namespace vedette
