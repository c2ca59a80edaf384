// Metrics as text: Prometheus' exposition format 0.0.4, and OpenMetrics 1.0. Names, types and labels are the
// caller's; what the two formats differ in, and escaping, is here.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace vedette {

enum class MetricFormat : std::uint8_t { kPrometheus, kOpenMetrics };

// The format that an Accept header (RFC 9110 §12.5.1) would rather have; Prometheus' where it names neither.
[[nodiscard]] MetricFormat metric_format_for(std::string_view accept);
[[nodiscard]] std::string_view metric_content_type(MetricFormat format);

enum class MetricType : std::uint8_t { kCounter, kGauge };

struct MetricLabel {
  std::string_view name;  // of ours: it is not escaped
  std::string_view value;
};

// One family after another, each with its samples together, as both formats want it. A family without a
// sample is not written: what isn't known is absent. One thread.
class MetricWriter {
 public:
  // `out` must outlive the writer; it is appended to.
  MetricWriter(fmt::memory_buffer& out, MetricFormat format) : out_(out), format_(format) {}

  // Samples from now on are of this family. A counter's `name` ends in "_total".
  void family(std::string_view name, MetricType type, std::string_view help);

  using Labels = std::initializer_list<MetricLabel>;
  // No two samples of a family may have the same labels.
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  void sample(std::uint64_t value) { sample({}, value); }
  void sample(double value) { sample({}, value); }

  // Nothing may follow.
  void end();

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
