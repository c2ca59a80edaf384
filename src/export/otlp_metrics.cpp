#include "export/otlp_metrics.h"

#include <limits>

namespace vedette {

namespace {

constexpr int kCumulative = 2;  // AGGREGATION_TEMPORALITY_CUMULATIVE
constexpr std::string_view kTotal = "_total";

// UCUM's units, by the names' ends.
std::string_view unit_of(std::string_view name) {
  if (name.ends_with("_bytes")) return "By";
  if (name.ends_with("_seconds")) return "s";
  return {};
}

}  // namespace

OtlpMetrics::OtlpMetrics(fmt::memory_buffer& out, const OtlpResource& resource, Nanoseconds now)
    : json_(out), now_(now) {
  json_.begin_object();
  json_.key("resourceMetrics");
  json_.begin_array();
  json_.begin_object();
  json_.key("resource");
  json_.begin_object();
  json_.key("attributes");
  json_.begin_array();
  attribute("service.name", "vedette");
  attribute("service.version", resource.service_version);
  if (!resource.host_name.empty()) attribute("host.name", resource.host_name);
  json_.end_array();
  json_.end_object();
  json_.key("scopeMetrics");
  json_.begin_array();
  json_.begin_object();
  json_.key("scope");
  json_.begin_object();
  json_.field("name", "vedette");
  json_.field("version", std::string_view(resource.service_version));
  json_.end_object();
  json_.key("metrics");
  json_.begin_array();
}

void OtlpMetrics::attribute(std::string_view name, std::string_view value) {
  json_.begin_object();
  json_.field("key", name);
  json_.key("value");
  json_.begin_object();
  json_.field("stringValue", value);
  json_.end_object();
  json_.end_object();
}

// Protocol Buffers' JSON has 64 bits as text.
void OtlpMetrics::number_text(std::string_view name, std::uint64_t number) {
  const fmt::format_int digits(number);
  json_.field(name, std::string_view(digits.data(), digits.size()));
}

void OtlpMetrics::family(std::string_view name, MetricType type, std::string_view help) {
  end_family();
  if (type == MetricType::kCounter) name.remove_suffix(kTotal.size());
  name_ = name;
  type_ = type;
  help_ = help;
}

void OtlpMetrics::end_family() {
  if (!begun_) return;
  json_.end_array();
  json_.end_object();
  json_.end_object();
  begun_ = false;
}

void OtlpMetrics::begin_point(Labels labels) {
  if (!begun_) {
    json_.begin_object();
    json_.field("name", std::string_view(name_));
    json_.field("description", std::string_view(help_));
    if (const std::string_view unit = unit_of(name_); !unit.empty()) json_.field("unit", unit);
    json_.key(type_ == MetricType::kCounter ? "sum" : "gauge");
    json_.begin_object();
    if (type_ == MetricType::kCounter) {
      json_.field("aggregationTemporality", kCumulative);
      json_.field("isMonotonic", true);
    }
    json_.key("dataPoints");
    json_.begin_array();
    begun_ = true;
  }
  json_.begin_object();
  if (labels.size() != 0) {
    json_.key("attributes");
    json_.begin_array();
    for (const MetricLabel& label : labels) attribute(label.name, label.value);
    json_.end_array();
  }
  number_text("timeUnixNano", static_cast<std::uint64_t>(now_.count()));
}

void OtlpMetrics::sample(Labels labels, std::uint64_t value) {
  if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return sample(labels, static_cast<double>(value));
  begin_point(labels);
  number_text("asInt", value);
  json_.end_object();
}

void OtlpMetrics::sample(Labels labels, double value) {
  begin_point(labels);
  json_.field("asDouble", value);
  json_.end_object();
}

void OtlpMetrics::end() {
  end_family();
  json_.end_array();
  json_.end_object();
  json_.end_array();
  json_.end_object();
  json_.end_array();
  json_.end_object();
}

}  // namespace vedette
