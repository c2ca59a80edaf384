#include "export/metric_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace vedette {
namespace {

std::string text_of(MetricFormat format, const std::function<void(MetricWriter&)>& write) {
  fmt::memory_buffer out;
  MetricText metrics(out, format);
  write(metrics);
  metrics.end();
  return fmt::to_string(out);
}

void write_two(MetricWriter& metrics) {
  metrics.family("vedette_cats_total", MetricType::kCounter, "Cats that came.");
  metrics.sample({{"colour", "black"}, {"legs", "4"}}, std::uint64_t{3});
  metrics.sample({{"colour", "red"}, {"legs", "3"}}, std::uint64_t{18'446'744'073'709'551'615U});
  metrics.family("vedette_bowl_fill", MetricType::kGauge, "How full the bowl is.");
  metrics.sample(0.25);
}

TEST(MetricText, WritesPrometheusText) {
  EXPECT_EQ(text_of(MetricFormat::kPrometheus, write_two),
            "# HELP vedette_cats_total Cats that came.\n"
            "# TYPE vedette_cats_total counter\n"
            "vedette_cats_total{colour=\"black\",legs=\"4\"} 3\n"
            "vedette_cats_total{colour=\"red\",legs=\"3\"} 18446744073709551615\n"
            "# HELP vedette_bowl_fill How full the bowl is.\n"
            "# TYPE vedette_bowl_fill gauge\n"
            "vedette_bowl_fill 0.25\n");
}

TEST(MetricText, NamesAnOpenMetricsCounterWithoutItsSuffixAndEndsTheText) {
  EXPECT_EQ(text_of(MetricFormat::kOpenMetrics, write_two),
            "# HELP vedette_cats Cats that came.\n"
            "# TYPE vedette_cats counter\n"
            "vedette_cats_total{colour=\"black\",legs=\"4\"} 3\n"
            "vedette_cats_total{colour=\"red\",legs=\"3\"} 18446744073709551615\n"
            "# HELP vedette_bowl_fill How full the bowl is.\n"
            "# TYPE vedette_bowl_fill gauge\n"
            "vedette_bowl_fill 0.25\n"
            "# EOF\n");
}

TEST(MetricText, LeavesAFamilyWithoutSamplesOut) {
  EXPECT_EQ(
      text_of(MetricFormat::kPrometheus,
              [](MetricWriter& metrics) { metrics.family("vedette_dogs", MetricType::kGauge, "Dogs."); }),
      "");
}

TEST(MetricText, EscapesLabelsAndKeepsNothingThatIsNotUtf8) {
  EXPECT_EQ(text_of(MetricFormat::kPrometheus,
                    [](MetricWriter& metrics) {
                      metrics.family("a", MetricType::kGauge, "b");
                      metrics.sample({{"c", "\"\\\n\xff\xc3\xa4}"}}, std::uint64_t{1});
                    }),
            "# HELP a b\n# TYPE a gauge\na{c=\"\\\"\\\\\\n\xef\xbf\xbd\xc3\xa4}\"} 1\n");
}

TEST(MetricText, WritesWhatIsNoNumberAsTheFormatsDo) {
  EXPECT_EQ(text_of(MetricFormat::kPrometheus,
                    [](MetricWriter& metrics) {
                      metrics.family("a", MetricType::kGauge, "b");
                      metrics.sample({{"c", "1"}}, std::nan(""));
                      metrics.sample({{"c", "2"}}, std::numeric_limits<double>::infinity());
                      metrics.sample({{"c", "3"}}, -std::numeric_limits<double>::infinity());
                    }),
            "# HELP a b\n# TYPE a gauge\na{c=\"1\"} NaN\na{c=\"2\"} +Inf\na{c=\"3\"} -Inf\n");
}

TEST(MetricFormat, IsWhatTheAcceptHeaderWouldRatherHave) {
  // Prometheus 2.42's own header.
  EXPECT_EQ(metric_format_for("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                              "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            MetricFormat::kOpenMetrics);
  EXPECT_EQ(metric_format_for("text/plain;version=0.0.4, application/openmetrics-text; q=0.3"),
            MetricFormat::kPrometheus);
  EXPECT_EQ(metric_format_for("application/openmetrics-text;q=0"), MetricFormat::kPrometheus);
  EXPECT_EQ(metric_format_for("application/openmetrics-text ; q=0.2 , text/html ;q=0.1"),
            MetricFormat::kOpenMetrics);
  EXPECT_EQ(metric_format_for("*/*"), MetricFormat::kPrometheus);
  EXPECT_EQ(metric_format_for(""), MetricFormat::kPrometheus);
  EXPECT_EQ(metric_format_for(";,;q=,application/openmetrics-text;q=x"), MetricFormat::kPrometheus);
}

}  // namespace
}  // namespace vedette
