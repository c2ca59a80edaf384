// Metrics as OpenTelemetry's protocol has them, OTLP 1.x in its JSON form: one request's body, an
// ExportMetricsServiceRequest.
#pragma once

#include <fmt/format.h>

#include <string>

#include "base/json_writer.h"
#include "base/units.h"
#include "export/metric_writer.h"

namespace vedette {

// Who tells them: OpenTelemetry's resource attributes of the same names.
struct OtlpResource {
  std::string host_name;  // empty where it isn't known
  std::string service_version;
};

// Counters become monotonic sums, cumulative, under their name without "_total"; the others gauges. One
// thread.
class OtlpMetrics final : public MetricWriter {
 public:
  // Appends to `out`, which must outlive the writer. `now`: of all samples, since the epoch.
  OtlpMetrics(fmt::memory_buffer& out, const OtlpResource& resource, Nanoseconds now);

  void family(std::string_view name, MetricType type, std::string_view help) override;
  using MetricWriter::sample;
  void sample(Labels labels, std::uint64_t value) override;
  void sample(Labels labels, double value) override;
  void end() override;

 private:
  void begin_point(Labels labels);
  void end_family();
  void attribute(std::string_view name, std::string_view value);
  void number_text(std::string_view name, std::uint64_t number);

  JsonWriter json_;
  Nanoseconds now_;
  std::string name_, help_;
  MetricType type_ = MetricType::kGauge;
  bool begun_ = false;  // the family's head is written
};

}  // namespace vedette
