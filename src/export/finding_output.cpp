#include "export/finding_output.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "act/finding_hook.h"
#include "act/hook_queue.h"
#include "base/json_writer.h"
#include "base/privileges.h"
#include "detect/finding_json.h"
#include "export/line_sink.h"
#include "export/syslog_message.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstPause =
    1s;  // after a try that may succeed later; twice as long after each further one
constexpr std::chrono::milliseconds kLongestPause = 30s;
constexpr auto kIdle = 1h;
constexpr auto kLook = 20ms;

ExportStatus export_status_of(const HookStatus& status, const FindingTarget& target) {
  return {.exported = Exported::kFindings,
          .protocol = std::string(finding_protocol_name(target.protocol)),
          .target = target.text,
          .told = status.told,
          .failed = status.failed,
          .dropped = status.dropped,
          .waiting = status.waiting,
          .messages = status.told,
          .bytes = 0,
          .error = status.error};
}

void add_untold(Losses& losses, const HookStatus& status) {
  losses.add(LossReason::kHookUntold, status.failed + status.dropped);
}

std::string json_of(const Finding& finding) {
  fmt::memory_buffer text;
  JsonWriter json(text);
  write_finding(json, finding);
  return fmt::to_string(text);
}

// Texts that a sink takes one after another.
class LineOutput final : public FindingOutput {
 public:
  using Text = std::function<std::string(const Finding&)>;

  LineOutput(FindingTarget target, const FindingOutputOptions& options, Text text)
      : target_(std::move(target)),
        last_words_(options.last_words),
        text_(std::move(text)),
        queue_(
            finding_protocol_name(target_.protocol), target_.text, options.queue,
            options.note ? options.note : [](const std::string&) {}) {}
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;
  ~LineOutput() override { stop(); }

  void begin(std::unique_ptr<LineSink> sink) {
    sink_ = std::move(sink);
    thread_ = std::thread([this] { run(); });
  }
  [[nodiscard]] const std::atomic<bool>& stopping() const { return stopping_; }

  void stop() override {
    if (!thread_.joinable()) return;
    const auto end = std::chrono::steady_clock::now() + last_words_;
    while (queue_.status().waiting != 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(kLook);
    stopping_ = true;
    queue_.stop();
    thread_.join();
  }

  void finding(const Finding& finding) override {
    if (finding.severity >= target_.least) queue_.put(text_(finding));
  }
  void add_losses(Losses& losses) const override { add_untold(losses, queue_.status()); }
  [[nodiscard]] std::optional<ExportStatus> export_status() const override {
    return export_status_of(queue_.status(), target_);
  }

 private:
  void run() {
    (void)drop_privileges();  // who can't give any up has none
    while (!queue_.stopped())
      if (const auto text = queue_.take(kIdle)) tell(*text);
  }

  void tell(const std::string& text) {
    std::chrono::milliseconds pause = kFirstPause;
    while (true) {
      const auto taken = sink_->put(text);
      if (taken) return queue_.told();
      if (taken.error().kind != ErrorKind::kBusy || queue_.stopped())
        return queue_.failed(taken.error().text());
      queue_.pause(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
  }

  const FindingTarget target_;
  const std::chrono::milliseconds last_words_;
  const Text text_;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<LineSink> sink_;
  HookQueue queue_;
  std::thread thread_;
};

// A URL hook, which has a queue and tries again by itself.
class UrlOutput final : public FindingOutput {
 public:
  UrlOutput(FindingTarget target, std::unique_ptr<FindingHook> hook)
      : target_(std::move(target)), hook_(std::move(hook)) {}

  void stop() override {}
  void finding(const Finding& finding) override {
    if (finding.severity >= target_.least) hook_->tell(json_of(finding));
  }
  void add_losses(Losses& losses) const override { add_untold(losses, hook_->status()); }
  [[nodiscard]] std::optional<ExportStatus> export_status() const override {
    return export_status_of(hook_->status(), target_);
  }

 private:
  const FindingTarget target_;
  const std::unique_ptr<FindingHook> hook_;
};

}  // namespace

Result<std::unique_ptr<FindingOutput>> make_finding_output(FindingTarget target,
                                                           FindingOutputOptions options) {
  const FindingProtocol protocol = target.protocol;
  if (protocol == FindingProtocol::kHttp) {
    auto hook = make_url_hook(
        target.place, {.timeout = options.timeout, .queue = options.queue},
        options.note ? options.note : [](const std::string&) {});
    if (!hook) return std::unexpected(hook.error());
    return std::make_unique<UrlOutput>(std::move(target), std::move(*hook));
  }
  const FindingTarget to = target;
  LineOutput::Text text = json_of;
  const auto sender = this_sender();
  if (protocol == FindingProtocol::kSyslogUdp || protocol == FindingProtocol::kSyslogTcp)
    text = [sender](const Finding& finding) { return syslog_message(finding, sender); };
  else if (protocol == FindingProtocol::kSyslogLocal)
    text = [sender](const Finding& finding) { return local_syslog_message(finding, sender); };
  auto output = std::make_unique<LineOutput>(std::move(target), options, std::move(text));
  if (protocol == FindingProtocol::kFile) {
    auto sink = make_file_sink(to.place);
    if (!sink) return std::unexpected(sink.error());
    output->begin(std::move(*sink));
  } else if (protocol == FindingProtocol::kKafka) {
    auto sink = make_kafka_sink(to, output->stopping());
    if (!sink) return std::unexpected(sink.error());
    output->begin(std::move(*sink));
  } else if (protocol == FindingProtocol::kSyslogLocal) {
    output->begin(make_local_log_sink(to.place));
  } else {
    output->begin(make_syslog_sink(to, output->stopping()));
  }
  return output;
}

}  // namespace vedette
