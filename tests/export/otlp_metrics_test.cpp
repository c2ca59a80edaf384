#include "export/otlp_metrics.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

using namespace std::chrono_literals;

TEST(OtlpMetrics, AreSumsAndGaugesOfOneResource) {
  fmt::memory_buffer out;
  OtlpMetrics metrics(out, {.host_name = "host.example", .service_version = "1.2"}, 1'700'000'000s);
  metrics.family("vedette_cat_bytes_total", MetricType::kCounter, "Bytes of cats.");
  metrics.sample({{"colour", "\"red\""}}, std::uint64_t{3});
  metrics.sample({{"colour", "black"}}, std::uint64_t{18'446'744'073'709'551'615U});
  metrics.family("vedette_dogs", MetricType::kGauge, "Dogs, of which there are none.");
  metrics.family("vedette_age_seconds", MetricType::kGauge, "Age.");
  metrics.sample(0.5);
  metrics.end();
  EXPECT_EQ(
      fmt::to_string(out),
      R"({"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"vedette"}},)"
      R"({"key":"service.version","value":{"stringValue":"1.2"}},{"key":"host.name","value":{"stringValue":"host.example"}}]},)"
      R"("scopeMetrics":[{"scope":{"name":"vedette","version":"1.2"},"metrics":[)"
      R"({"name":"vedette_cat_bytes","description":"Bytes of cats.","unit":"By","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[)"
      R"({"attributes":[{"key":"colour","value":{"stringValue":"\"red\""}}],"timeUnixNano":"1700000000000000000","asInt":"3"},)"
      R"({"attributes":[{"key":"colour","value":{"stringValue":"black"}}],"timeUnixNano":"1700000000000000000","asDouble":1.8446744073709552e+19}]}},)"
      R"({"name":"vedette_age_seconds","description":"Age.","unit":"s","gauge":{"dataPoints":[{"timeUnixNano":"1700000000000000000","asDouble":0.5}]}}]}]}]})");
}

TEST(OtlpMetrics, AreOfNobodyWhereNothingIsTold) {
  fmt::memory_buffer out;
  OtlpMetrics metrics(out, {.host_name = "", .service_version = "1"}, 0s);
  metrics.end();
  EXPECT_TRUE(fmt::to_string(out).ends_with(R"("metrics":[]}]}]})"));
}

}  // namespace
}  // namespace vedette
