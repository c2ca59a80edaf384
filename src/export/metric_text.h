// Metrics as text: Prometheus' exposition format 0.0.4, and OpenMetrics 1.0. What the two differ in, and
// escaping, is here.
#pragma once

#include <fmt/format.h>

#include <string>

#include "export/metric_writer.h"

namespace vedette {

enum class MetricFormat : std::uint8_t { kPrometheus, kOpenMetrics };

// The format that an Accept header (RFC 9110 §12.5.1) would rather have; Prometheus' where it names neither.
[[nodiscard]] MetricFormat metric_format_for(std::string_view accept);
[[nodiscard]] std::string_view metric_content_type(MetricFormat format);

// One thread.
class MetricText final : public MetricWriter {
 public:
  // `out` must outlive the writer; it is appended to.
  MetricText(fmt::memory_buffer& out, MetricFormat format) : out_(out), format_(format) {}

  void family(std::string_view name, MetricType type, std::string_view help) override;
  using MetricWriter::sample;
  void sample(Labels labels, std::uint64_t value) override;
  void sample(Labels labels, double value) override;
  void end() override;

 private:
  void begin_sample(Labels labels);
  void append(std::string_view text) { out_.append(text); }

  fmt::memory_buffer& out_;
  MetricFormat format_;
  std::string name_, help_;
  MetricType type_ = MetricType::kGauge;
  bool begun_ = false;  // the family's head is written
};

}  // namespace vedette
