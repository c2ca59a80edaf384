#include "export/kafka_flows.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>
#include <utility>

#include "base/json_writer.h"
#include "base/privileges.h"
#include "export/syslog_message.h"
#include "flow/flow_json.h"

namespace vedette {

namespace {

constexpr std::chrono::milliseconds kLook{100};  // for what became of messages

class KafkaFlows final : public FlowOutput {
 public:
  KafkaFlows(std::unique_ptr<KafkaProducer> producer, std::string text, std::chrono::milliseconds last_words)
      : producer_(std::move(producer)),
        text_(std::move(text)),
        last_words_(last_words),
        sensor_(this_sender().host),
        thread_([this] { run(); }) {}
  KafkaFlows(const KafkaFlows&) = delete;
  KafkaFlows& operator=(const KafkaFlows&) = delete;
  ~KafkaFlows() override { stop(); }

  void stop() override {
    if (!thread_.joinable()) return;
    stopping_ = true;
    thread_.join();
    producer_->flush(last_words_);
    producer_->give_up();
  }

  void flow(const ToldFlow& told) override {
    // Whoever ended without a packet since the last report has been told wholly.
    if (told.since[kInitiator].packets + told.since[kResponder].packets == 0) return;
    message_.clear();
    JsonWriter json(message_);
    json.begin_object();
    json.field("sensor", std::string_view(sensor_));
    write_flow_members(json, told.view, told.ends);
    json.field("since_ns", told.since_time.count());
    json.field("grown_packets", told.since[kInitiator].packets);
    json.field("grown_bytes", told.since[kInitiator].bytes);
    json.field("grown_reply_packets", told.since[kResponder].packets);
    json.field("grown_reply_bytes", told.since[kResponder].bytes);
    json.end_object();
    // The flow's ends, as they stand in memory, and where it was seen.
    const vdt_flow_key& key = told.view.flow.key;
    if (stopping_ || !producer_->put({reinterpret_cast<const char*>(&key), sizeof(key)},
                                     {message_.data(), message_.size()}))
      dropped_++;
  }

  void add_losses(Losses& losses) const override {
    losses.add(LossReason::kExportQueueFull, dropped_);
    losses.add(LossReason::kExportUnsent, producer_->counts().failed);
  }

  [[nodiscard]] std::optional<ExportStatus> export_status() const override {
    const KafkaCounts counts = producer_->counts();
    return ExportStatus{.exported = Exported::kFlows,
                        .protocol = "kafka",
                        .target = text_,
                        .told = counts.delivered,
                        .failed = counts.failed,
                        .dropped = dropped_,
                        .waiting = counts.waiting,
                        .messages = counts.delivered,
                        .bytes = counts.bytes,
                        .error = counts.error};
  }

 private:
  void run() {
    (void)drop_privileges();  // who can't give any up has none
    while (!stopping_) producer_->poll(kLook);
  }

  const std::unique_ptr<KafkaProducer> producer_;
  const std::string text_;
  const std::chrono::milliseconds last_words_;
  const std::string sensor_;
  fmt::memory_buffer message_;  // the engine's thread's
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<FlowOutput>> make_kafka_flows(const KafkaTarget& target, const std::string& text,
                                                     KafkaFlowsOptions options) {
  auto producer = make_kafka_producer(target, fmt::format("--export {}", text), std::move(options.producer));
  if (!producer) return std::unexpected(producer.error());
  return std::make_unique<KafkaFlows>(std::move(*producer), text, options.last_words);
}

}  // namespace vedette
