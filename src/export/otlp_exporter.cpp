#include "export/otlp_exporter.h"

#include <fmt/format.h>

#include "base/privileges.h"
#include "base/url.h"
#include "base/version.h"
#include "export/otlp_metrics.h"
#include "export/sensor_metrics.h"
#include "export/syslog_message.h"
#include "fetch/http_client.h"

namespace vedette {

namespace {

constexpr std::chrono::seconds kTimeout{10};

std::string with_path(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t slash = url.find('/', host);
  if (slash == std::string::npos) return url + "/v1/metrics";
  return slash + 1 == url.size() ? url + "v1/metrics" : url;
}

}  // namespace

Result<std::unique_ptr<OtlpExporter>> OtlpExporter::make(OtlpOptions options) {
  if (!is_http_url(options.url) || host_of_url(options.url).empty())
    return unusable("--otlp",
                    fmt::format("expected http:// or https:// and a host, found {}", shown_url(options.url)));
  auto client = HttpClient::open();
  if (!client) return std::unexpected(client.error());
  options.url = with_path(options.url);
  std::unique_ptr<OtlpExporter> exporter(new OtlpExporter(std::move(options), std::move(*client)));
  exporter->status_.exported = Exported::kMetrics;
  exporter->status_.protocol = "otlp";
  exporter->status_.target = shown_url(exporter->options_.url);
  return exporter;
}

OtlpExporter::OtlpExporter(OtlpOptions options, std::unique_ptr<HttpClient> client)
    : options_(std::move(options)), client_(std::move(client)) {}

OtlpExporter::~OtlpExporter() {
  stop();
}

void OtlpExporter::begin(Backend& backend) {
  thread_ = std::thread([this, &backend] { run(backend); });
}

void OtlpExporter::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  client_->cancel();
  changed_.notify_all();
  thread_.join();
}

std::optional<ExportStatus> OtlpExporter::export_status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void OtlpExporter::run(Backend& backend) {
  (void)drop_privileges();  // who can't give any up has none
  auto due = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_until(lock, due, [this] { return stopping_; })) {
    lock.unlock();
    push(backend);
    lock.lock();
    // A receiver that hung isn't asked for what is over.
    due = std::max(due + options_.every, std::chrono::steady_clock::now());
  }
}

void OtlpExporter::push(Backend& backend) {
  const SyslogSender sender = this_sender();
  fmt::memory_buffer body;
  OtlpMetrics metrics(
      body, {.host_name = sender.host == "-" ? "" : sender.host, .service_version = std::string(kVersion)},
      std::chrono::system_clock::now().time_since_epoch());
  write_all_metrics(metrics, backend);
  HttpRequest request;
  request.url = options_.url;
  request.json = fmt::to_string(body);
  request.timeout = kTimeout;
  const auto answer = client_->ask(request);
  const bool taken = answer && answer->status >= 200 && answer->status < 300;
  const std::string why = taken    ? ""
                          : answer ? fmt::format("answers with status {}", answer->status)
                                   : answer.error().text();
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    (taken ? status_.told : status_.failed)++;
    status_.messages = status_.told;
    if (taken) status_.bytes += request.json->size();
    news = !taken && status_.error != why;
    status_.error = why;
  }
  if (news && options_.note) options_.note(fmt::format("metrics to {}: {}", status_.target, why));
}

}  // namespace vedette
