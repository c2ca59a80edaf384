#include "export/metric_text.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::string_view kTotal = "_total";
constexpr std::string_view kOpenMetricsType = "application/openmetrics-text";

// As both formats escape a label's value.
void append_escaped(fmt::memory_buffer& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (text[0] == '\\' || text[0] == '"') {
      out.push_back('\\');
      out.push_back(text[0]);
    } else if (text[0] == '\n') {
      out.append(std::string_view("\\n"));
    } else {
      out.append(length == 0 ? kReplacement : text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

// The first piece up to `mark`, which is taken off `text` with it.
std::string_view take_piece(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(piece);
}

// Of a media range's parameters; 1 where there is none, 0 where it is no number.
double quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view one = take_piece(parameters, ';');
    if (!one.starts_with("q=") && !one.starts_with("Q=")) continue;
    double quality = 0;
    const auto read = std::from_chars(one.data() + 2, one.data() + one.size(), quality);
    return read.ec == std::errc() ? quality : 0;
  }
  return 1;
}

}  // namespace

MetricFormat metric_format_for(std::string_view accept) {
  double open = 0, other = 0;
  while (!accept.empty()) {
    std::string_view range = take_piece(accept, ',');
    const std::string_view type = take_piece(range, ';');
    double& best = type == kOpenMetricsType ? open : other;
    best = std::max(best, quality_of(range));
  }
  return open > 0 && open >= other ? MetricFormat::kOpenMetrics : MetricFormat::kPrometheus;
}

std::string_view metric_content_type(MetricFormat format) {
  return format == MetricFormat::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                              : "text/plain; version=0.0.4; charset=utf-8";
}

void MetricText::family(std::string_view name, MetricType type, std::string_view help) {
  assert((type == MetricType::kCounter) == name.ends_with(kTotal));
  name_ = name;
  type_ = type;
  help_ = help;
  begun_ = false;
}

void MetricText::begin_sample(Labels labels) {
  if (!begun_) {
    // OpenMetrics calls the family by its name without the suffix of its samples.
    std::string_view family = name_;
    if (format_ == MetricFormat::kOpenMetrics && type_ == MetricType::kCounter)
      family.remove_suffix(kTotal.size());
    fmt::format_to(fmt::appender(out_), "# HELP {} {}\n# TYPE {} {}\n", family, help_, family,
                   type_ == MetricType::kCounter ? "counter" : "gauge");
    begun_ = true;
  }
  append(name_);
  char before = '{';
  for (const MetricLabel& label : labels) {
    out_.push_back(before);
    append(label.name);
    append("=\"");
    append_escaped(out_, label.value);
    out_.push_back('"');
    before = ',';
  }
  if (labels.size() != 0) out_.push_back('}');
  out_.push_back(' ');
}

void MetricText::sample(Labels labels, std::uint64_t value) {
  begin_sample(labels);
  fmt::format_to(fmt::appender(out_), "{}\n", value);
}

void MetricText::sample(Labels labels, double value) {
  begin_sample(labels);
  if (std::isfinite(value))
    fmt::format_to(fmt::appender(out_), "{}\n", value);
  else
    append(std::isnan(value) ? "NaN\n" : value < 0 ? "-Inf\n" : "+Inf\n");
}

void MetricText::end() {
  if (format_ == MetricFormat::kOpenMetrics) append("# EOF\n");
}

}  // namespace vedette
