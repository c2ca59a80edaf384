#include "export/sensor_metrics.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/version.h"
#include "export/process_facts.h"

namespace vedette {

namespace {

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;

void write_if_known(MetricWriter& metrics, std::string_view name, MetricType type, std::string_view help,
                    const auto& value) {
  metrics.family(name, type, help);
  if (value) metrics.sample(*value);
}

void write_losses(MetricWriter& metrics, const Stats& stats, std::string_view unit) {
  for (const Loss& loss : stats.losses)
    if (loss.unit == unit) metrics.sample({{"reason", loss.reason}}, loss.count);
}

void write_flows(MetricWriter& metrics, const Stats& stats) {
  const FlowTotals& flows = stats.flows;
  metrics.single("vedette_flows", kGauge, "Two-way flows in memory.", flows.live);
  metrics.single("vedette_flows_created_total", kCounter, "Two-way flows that began.", flows.created);
  metrics.single("vedette_flows_ended_early_total", kCounter,
                 "Flows that made room for others before they ended, as the table was full.",
                 flows.ended_early);
  metrics.single("vedette_flow_cache_slots", kGauge,
                 "Records of one direction of a flow that the kernel's cache has room for.",
                 flows.table_slots);
  metrics.single("vedette_flow_cache_evictions_total", kCounter,
                 "Records that the kernel handed over to make room for others.", flows.table_evicted);
  metrics.family("vedette_flow_memory_bytes", kGauge, "Memory for flows, in the kernel and in user space.");
  metrics.sample({{"place", "kernel"}}, flows.kernel_bytes);
  metrics.sample({{"place", "user"}}, flows.user_bytes);
}

struct NamedApplication {
  std::string_view app, version;
  bool outdated = false;
  std::uint64_t flows = 0;
};

// What others choose as their version is bounded by hundreds here, by thousands in the sensor.
void write_applications(MetricWriter& metrics, const Stats& stats) {
  std::vector<NamedApplication> all;
  for (const ApplicationCounts& one : stats.ended_applications) {
    if (one.app.empty()) continue;
    const bool outdated = !one.outdated_reason.empty();
    const auto find = [&](std::string_view version) {
      return std::ranges::find_if(all, [&](const NamedApplication& other) {
        return other.app == one.app && other.version == version && other.outdated == outdated;
      });
    };
    auto same = find(one.app_version);
    const bool full = all.size() >= kMostApplicationSeries;
    if (same == all.end() && full) same = find(kOtherSeries);
    if (same == all.end())
      same = all.insert(all.end(), {one.app, full ? kOtherSeries : one.app_version, outdated, 0});
    same->flows += one.flows;
  }
  metrics.family("vedette_application_flows_total", kCounter,
                 "Flows that ended, by what they spoke and in which version.");
  for (const NamedApplication& one : all)
    metrics.sample(
        {{"app", one.app}, {"app_version", one.version}, {"outdated", one.outdated ? "true" : "false"}},
        one.flows);
}

void write_tcp(MetricWriter& metrics, const TcpCounts& tcp) {
  metrics.single("vedette_tcp_retransmitted_segments_total", kCounter,
                 "Segments that this host's own connections sent again.", tcp.retransmits);
  metrics.family("vedette_tcp_resets_total", kCounter,
                 "Resets of this host's own connections, by direction.");
  metrics.sample({{"direction", "in"}}, tcp.resets_received);
  metrics.sample({{"direction", "out"}}, tcp.resets_sent);
  metrics.family("vedette_tcp_connections_total", kCounter,
                 "TCP connections of this host's own, by who opened them.");
  metrics.sample({{"opened_by", "host"}}, tcp.connections_opened);
  metrics.sample({{"opened_by", "peer"}}, tcp.connections_accepted);
}

void write_told(MetricWriter& metrics, const Stats& stats) {
  metrics.family("vedette_copied_packets_due_total", kCounter,
                 "Packets whose bytes were to be copied to user space, by what for.");
  metrics.sample({{"purpose", "first_bytes"}}, stats.first_bytes.due);
  metrics.sample({{"purpose", "heads"}}, stats.heads.due);
  metrics.family("vedette_copied_packets_total", kCounter,
                 "Packets whose bytes were copied to user space, by what for.");
  metrics.sample({{"purpose", "first_bytes"}}, stats.first_bytes.told);
  metrics.sample({{"purpose", "heads"}}, stats.heads.told);
  metrics.single("vedette_watched_packets_total", kCounter, "Packets that were told to watchers.",
                 stats.watched);
  metrics.single("vedette_handshakes_total", kCounter, "Handshakes that were decoded.", stats.handshakes);
  metrics.single("vedette_unknown_fragments_total", kCounter,
                 "Later fragments of packets whose first one was not seen.", stats.fragments_unknown);
}

void write_rings(MetricWriter& metrics, const Stats& stats) {
  metrics.family("vedette_ring_used_bytes", kGauge, "Bytes that wait in a ring from the kernel.");
  for (const RingStatus& ring : stats.rings) metrics.sample({{"ring", ring.name}}, ring.used_bytes);
  metrics.family("vedette_ring_size_bytes", kGauge, "Bytes that a ring from the kernel has room for.");
  for (const RingStatus& ring : stats.rings) metrics.sample({{"ring", ring.name}}, ring.size_bytes);
}

// Two targets may speak the same.
using ExportSums = std::map<std::string_view, ExportStatus>;

void add(ExportSums& sums, const ExportStatus& one) {
  ExportStatus& sum = sums[one.protocol];
  sum.told += one.told;
  sum.failed += one.failed;
  sum.dropped += one.dropped;
  sum.waiting += one.waiting;
  sum.messages += one.messages;
  sum.bytes += one.bytes;
}

void write_outcomes(MetricWriter& metrics, const ExportSums& sums) {
  for (const auto& [protocol, sum] : sums) {
    metrics.sample({{"protocol", protocol}, {"outcome", "told"}}, sum.told);
    metrics.sample({{"protocol", protocol}, {"outcome", "failed"}}, sum.failed);
    metrics.sample({{"protocol", protocol}, {"outcome", "dropped"}}, sum.dropped);
  }
}

void write_exports(MetricWriter& metrics, const std::vector<ExportStatus>& exports) {
  ExportSums flows, findings, metrics_too;
  for (const ExportStatus& one : exports)
    add(one.exported == Exported::kFlows      ? flows
        : one.exported == Exported::kFindings ? findings
                                              : metrics_too,
        one);
  metrics.family("vedette_export_flows_total", kCounter,
                 "Flows, and reports of long ones, for collectors, by what became of them.");
  write_outcomes(metrics, flows);
  metrics.family("vedette_export_messages_total", kCounter, "Messages that were sent to collectors.");
  for (const auto& [protocol, sum] : flows) metrics.sample({{"protocol", protocol}}, sum.messages);
  metrics.family("vedette_export_bytes_total", kCounter, "Bytes of messages that were sent to collectors.");
  for (const auto& [protocol, sum] : flows) metrics.sample({{"protocol", protocol}}, sum.bytes);
  metrics.family("vedette_export_waiting_flows", kGauge, "Flows that wait to be sent to collectors.");
  for (const auto& [protocol, sum] : flows) metrics.sample({{"protocol", protocol}}, sum.waiting);
  metrics.family("vedette_export_findings_total", kCounter,
                 "Findings for logs, files and URLs, by what became of them.");
  write_outcomes(metrics, findings);
  metrics.family("vedette_export_waiting_findings", kGauge, "Findings that wait for logs, files and URLs.");
  for (const auto& [protocol, sum] : findings) metrics.sample({{"protocol", protocol}}, sum.waiting);
  metrics.family("vedette_export_pushes_total", kCounter,
                 "Times that all metrics were sent to a receiver, by what became of them.");
  write_outcomes(metrics, metrics_too);
}

void write_process(MetricWriter& metrics) {
  const ProcessFacts facts = this_process();
  write_if_known(metrics, "process_cpu_seconds_total", kCounter, "CPU time of the sensor, user and system.",
                 facts.cpu_seconds);
  write_if_known(metrics, "process_start_time_seconds", kGauge, "When the sensor began, since the epoch.",
                 facts.start_seconds);
  write_if_known(metrics, "process_resident_memory_bytes", kGauge, "Memory of the sensor that is resident.",
                 facts.resident_bytes);
  write_if_known(metrics, "process_virtual_memory_bytes", kGauge, "Addresses of the sensor.",
                 facts.virtual_bytes);
  write_if_known(metrics, "process_threads", kGauge, "Threads of the sensor.", facts.threads);
  write_if_known(metrics, "process_open_fds", kGauge, "File descriptors that the sensor holds.",
                 facts.open_descriptors);
  write_if_known(metrics, "process_max_fds", kGauge, "File descriptors that the sensor may hold.",
                 facts.most_descriptors);
}

}  // namespace

void write_sensor_metrics(MetricWriter& metrics, const Stats& stats) {
  metrics.family("vedette_lost_packets_total", kCounter,
                 "Packets that the sensor or an interface failed to tell, by reason.");
  write_losses(metrics, stats, "packets");
  metrics.family("vedette_lost_events_total", kCounter,
                 "Events other than packets that the sensor failed to tell, by reason.");
  write_losses(metrics, stats, "events");
  write_flows(metrics, stats);
  write_applications(metrics, stats);
  if (stats.tcp) write_tcp(metrics, *stats.tcp);
  write_told(metrics, stats);
  write_rings(metrics, stats);
  write_exports(metrics, stats.exports);
  metrics.single("vedette_evidence_files", kGauge, "Findings whose packets are kept.", stats.evidence.files);
  metrics.single("vedette_evidence_bytes", kGauge, "Bytes of the packets that are kept of findings.",
                 stats.evidence.file_bytes);
  metrics.family("vedette_findings_total", kCounter,
                 "Findings that were raised, by kind and severity; one that grows graver counts again under "
                 "its new one.");
  for (const FindingCount& one : stats.findings.raised)
    metrics.sample({{"kind", one.kind}, {"severity", one.severity}}, one.raised);
  metrics.single("vedette_findings_open", kGauge, "Findings that go on.", stats.findings.open);
}

void write_all_metrics(MetricWriter& metrics, Backend& backend) {
  const Stats stats = backend.stats();
  write_traffic_metrics(metrics, stats, backend.interfaces());
  write_sensor_metrics(metrics, stats);
  write_defence_metrics(metrics, backend);
  const Health health = backend.health();
  if (health.store) write_store_metrics(metrics, *health.store);
  metrics.family("vedette_build_info", kGauge, "1, with the sensor's version.");
  metrics.sample({{"version", health.version}}, std::uint64_t{1});
  write_process(metrics);
  metrics.end();
}

std::string sensor_metrics(Backend& backend, MetricFormat format) {
  fmt::memory_buffer out;
  MetricText metrics(out, format);
  write_all_metrics(metrics, backend);
  return fmt::to_string(out);
}

}  // namespace vedette
