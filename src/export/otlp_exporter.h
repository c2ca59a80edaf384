// All metrics of the sensor, sent to an OpenTelemetry receiver every minute or so by OTLP over HTTP. What it
// missed it learns by the next time: counters are told whole.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/error.h"
#include "sensor/backend.h"
#include "sensor/subscriber.h"

namespace vedette {

class HttpClient;

struct OtlpOptions {
  std::string url;  // without a path, "/v1/metrics" is added
  std::chrono::seconds every{60};
  std::function<void(const std::string&)> note;  // a line for the log, from the exporter's thread
};

// Any thread.
class OtlpExporter final : public Subscriber {
 public:
  // Unusable where it is no URL, failed where libcurl isn't there.
  [[nodiscard]] static Result<std::unique_ptr<OtlpExporter>> make(OtlpOptions options);
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;
  ~OtlpExporter() override;

  // Sends what `backend` says, at once and every so often, until stop(), which it must outlive.
  void begin(Backend& backend);
  void stop();

  [[nodiscard]] std::optional<ExportStatus> export_status() const override;

 private:
  OtlpExporter(OtlpOptions options, std::unique_ptr<HttpClient> client);

  void run(Backend& backend);
  void push(Backend& backend);

  const OtlpOptions options_;
  const std::unique_ptr<HttpClient> client_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  ExportStatus status_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vedette
