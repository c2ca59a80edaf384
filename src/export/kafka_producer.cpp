#include "export/kafka_producer.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <mutex>
#include <thread>
#include <utility>

#include "base/privileges.h"
#include "base/version.h"

namespace vedette {

namespace {

using Configuration = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

int timeout_of(std::chrono::milliseconds wait) {
  return static_cast<int>(wait.count());
}

class Producer final : public KafkaProducer {
 public:
  Producer(std::string topic, KafkaProducerOptions options)
      : topic_(std::move(topic)), options_(std::move(options)) {}
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer() override {
    if (kafka_ != nullptr) rd_kafka_destroy(kafka_);
  }

  // Takes the configuration where it begins.
  Result<void> begin(Configuration& configuration, const std::string& where) {
    rd_kafka_conf_set_opaque(configuration.get(), this);
    rd_kafka_conf_set_dr_msg_cb(configuration.get(),
                                [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
                                  static_cast<Producer*>(self)->settle(*message);
                                });
    rd_kafka_conf_set_error_cb(configuration.get(), [](rd_kafka_t*, int, const char* reason, void* self) {
      static_cast<Producer*>(self)->trouble(reason);
    });
    // Whatever it would write to standard error comes to the error's function too.
    rd_kafka_conf_set_log_cb(configuration.get(), [](const rd_kafka_t*, int, const char*, const char*) {});
    std::array<char, 512> why{};
    // Its threads inherit what the thread has that begins it.
    std::thread([&] {
      (void)drop_privileges();
      kafka_ = rd_kafka_new(RD_KAFKA_PRODUCER, configuration.get(), why.data(), why.size());
    }).join();
    if (kafka_ == nullptr) return unusable(where, why.data());
    (void)configuration.release();
    return {};
  }

  bool put(std::string_view key, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    const auto refused =
        rd_kafka_producev(kafka_, RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_KEY(key.data(), key.size()),
                          // Copied, therefore not changed; the interface is C's.
                          RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (refused == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) {
      counts_.waiting++;
    } else {
      counts_.failed++;
      counts_.error = rd_kafka_err2str(refused);
    }
    return true;
  }

  void poll(std::chrono::milliseconds wait) override { rd_kafka_poll(kafka_, timeout_of(wait)); }
  void flush(std::chrono::milliseconds wait) override { rd_kafka_flush(kafka_, timeout_of(wait)); }
  void give_up() override {
    rd_kafka_purge(kafka_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    constexpr std::chrono::milliseconds kReportsCome{1'000};
    flush(kReportsCome);
  }

  [[nodiscard]] KafkaCounts counts() const override {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  void settle(const rd_kafka_message_t& message) {
    const std::lock_guard lock(mutex_);
    counts_.waiting--;
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      counts_.delivered++;
      counts_.bytes += message.len;
      counts_.error.clear();
      return;
    }
    counts_.failed++;
    counts_.error = rd_kafka_err2str(message.err);
  }

  void trouble(const char* reason) {
    bool begins = false;
    {
      const std::lock_guard lock(mutex_);
      begins = counts_.error.empty();
      counts_.error = reason;
    }
    if (begins && options_.note) options_.note(reason);
  }

  const std::string topic_;
  const KafkaProducerOptions options_;
  rd_kafka_t* kafka_ = nullptr;
  mutable std::mutex mutex_;
  KafkaCounts counts_;
};

}  // namespace

Result<std::unique_ptr<KafkaProducer>> make_kafka_producer(const KafkaTarget& target,
                                                           const std::string& where,
                                                           KafkaProducerOptions options) {
  Configuration configuration(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  std::vector<std::pair<std::string, std::string>> properties{
      {"client.id", fmt::format("vedette-{}", kVersion)},
      {"enable.idempotence", "true"},
      {"queue.buffering.max.messages", std::to_string(options.queue)},
      {"queue.buffering.max.kbytes", std::to_string(options.queue_kbytes)},
      {"message.timeout.ms", std::to_string(options.patience.count())}};
  properties.insert(properties.end(), target.properties.begin(), target.properties.end());
  properties.emplace_back("bootstrap.servers", target.brokers);
  std::array<char, 512> why{};
  for (const auto& [name, value] : properties)
    if (rd_kafka_conf_set(configuration.get(), name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK)
      return unusable(where, fmt::format("property {}: {}", name, why.data()));
  auto producer = std::make_unique<Producer>(target.topic, std::move(options));
  if (auto begun = producer->begin(configuration, where); !begun) return std::unexpected(begun.error());
  return producer;
}

}  // namespace vedette
