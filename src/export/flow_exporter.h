// Flows on their way to one collector: a bounded queue between the engine, which is never held up, and a
// thread that encodes and sends. Every flow that it was told is sent, or is counted with the reason why not.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "export/export_socket.h"
#include "export/export_target.h"
#include "export/flow_encoder.h"
#include "export/flow_output.h"

namespace vedette {

struct FlowExporterOptions {
  std::size_t queue = 65'536;                    // flows that wait at most, 136 bytes each
  std::chrono::milliseconds latency{1000};       // a flow waits so long for others to share its message
  std::chrono::milliseconds templates{30'000};   // sent again so often by UDP, where they may be lost
  std::uint32_t templates_messages = 64;         // and after so many messages
  std::chrono::milliseconds last_words{3'000};   // for what waits at the end
  std::function<void(const std::string&)> note;  // a line for the log, from the exporter's thread
};

// flow() as Subscriber says, the rest from any thread.
class FlowExporter final : public FlowOutput {
 public:
  // Begins to send; what the collector lacks at first is sent when it is there, as far as the queue holds it.
  [[nodiscard]] static std::unique_ptr<FlowExporter> start(ExportTarget target, FlowExporterOptions options);
  FlowExporter(const FlowExporter&) = delete;
  FlowExporter& operator=(const FlowExporter&) = delete;
  ~FlowExporter() override;

  // Sends what waits, for as long as the options say, and ends.
  void stop() override;

  void flow(const ToldFlow& flow) override;
  void add_losses(Losses& losses) const override;
  [[nodiscard]] std::optional<ExportStatus> export_status() const override;

 private:
  using Clock = std::chrono::steady_clock;

  FlowExporter(ExportTarget target, FlowExporterOptions options);

  void run();
  // The flows of the next messages, when there are many or the first has waited long enough; none where none
  // came meanwhile.
  [[nodiscard]] std::vector<ExportedFlow> next();
  void send_all(std::span<const ExportedFlow> flows);
  // How many of the flows went or were lost, with one message.
  [[nodiscard]] std::size_t send_some(std::span<const ExportedFlow> flows);
  [[nodiscard]] ExportSocket::Sent send_message();
  void send_statistics();
  // Pauses; how many of the flows are lost, as the end came meanwhile.
  [[nodiscard]] std::size_t wait_for_collector(std::span<const ExportedFlow> flows);
  [[nodiscard]] bool connected();
  [[nodiscard]] bool templates_due() const;
  // Whether the datagram that went last found a listener is known later.
  void settle(bool refused);
  void lose(std::span<const ExportedFlow> flows, const std::string& why);
  void trouble(const std::string& why);
  // False where the end came meanwhile.
  [[nodiscard]] bool pause(std::chrono::milliseconds time);
  [[nodiscard]] bool ended() const;

  const ExportTarget target_;
  const FlowExporterOptions options_;

  // The thread's own.
  std::unique_ptr<FlowEncoder> encoder_;
  std::optional<ExportSocket> socket_;
  std::vector<std::uint8_t> message_;
  std::vector<ExportedFlow> unsettled_;  // of the message that went last
  Clock::time_point templates_sent_;
  std::uint32_t messages_since_ = 0;  // the templates
  bool begins_ = true;                // nothing was sent on this connection
  std::chrono::milliseconds pause_{};

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::vector<ExportedFlow> waiting_;
  Clock::time_point waits_since_;  // the first of them
  std::size_t under_way_ = 0;
  ExportTotals totals_;
  std::uint64_t dropped_ = 0, failed_ = 0;
  std::string error_;
  bool ending_ = false;
  bool done_ = false;

  std::atomic<bool> stopping_ = false;  // nothing is waited for any more
  std::thread thread_;
};

}  // namespace vedette
