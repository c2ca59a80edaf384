// All that a sensor counts, as metrics: what a Prometheus that scrapes it gets. Names begin with "vedette_",
// units are Prometheus' base units, and what only grows ends in "_total".
//
// The number of series is bounded whatever packets, peers and interfaces do: labels are names of ours or of
// the operator's, of interfaces, rules, entries and applications the first few hundred have series of their
// own, and the others one together (kOtherSeries).
#pragma once

#include <string>
#include <string_view>

#include "export/metric_text.h"
#include "sensor/backend.h"

namespace vedette {

inline constexpr std::string_view kOtherSeries = "(others)";
inline constexpr std::size_t kMostInterfaceSeries = 256;
inline constexpr std::size_t kMostRuleSeries = 512;
inline constexpr std::size_t kMostApplicationSeries = 256;

// All of it at this moment. Any thread.
void write_all_metrics(MetricWriter& metrics, Backend& backend);
// As text. Any thread.
[[nodiscard]] std::string sensor_metrics(Backend& backend, MetricFormat format);

// Its parts, in the text's order.
void write_traffic_metrics(MetricWriter& metrics, const Stats& stats,
                           const std::vector<InterfaceStatus>& interfaces);
void write_sensor_metrics(MetricWriter& metrics, const Stats& stats);
void write_defence_metrics(MetricWriter& metrics, Backend& backend);
void write_store_metrics(MetricWriter& metrics, const StoreStatus& store);

}  // namespace vedette
