// Metrics one family after another, each with its samples, whatever they are written as
// (export/metric_text.h, export/otlp_metrics.h). Names, types and labels are the caller's.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace vedette {

enum class MetricType : std::uint8_t { kCounter, kGauge };

struct MetricLabel {
  std::string_view name;  // of ours: it is not escaped
  std::string_view value;
};

// A family without a sample is not written: what isn't known is absent. One thread.
class MetricWriter {
 public:
  virtual ~MetricWriter() = default;

  // Samples from now on are of this family. A counter's `name` ends in "_total".
  virtual void family(std::string_view name, MetricType type, std::string_view help) = 0;

  using Labels = std::initializer_list<MetricLabel>;
  // No two samples of a family may have the same labels.
  virtual void sample(Labels labels, std::uint64_t value) = 0;
  virtual void sample(Labels labels, double value) = 0;
  void sample(std::uint64_t value) { sample(Labels{}, value); }
  void sample(double value) { sample(Labels{}, value); }

  // A family of one sample.
  void single(std::string_view name, MetricType type, std::string_view help, std::uint64_t value) {
    family(name, type, help);
    sample(value);
  }

  // Nothing may follow.
  virtual void end() = 0;
};

}  // namespace vedette
