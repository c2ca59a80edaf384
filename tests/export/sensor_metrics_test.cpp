// What becomes of a sensor's numbers on their way into metrics.
#include "export/sensor_metrics.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "tests/serve/file_backend.h"

namespace vedette {
namespace {

// Samples by their name and labels; empty where two have the same.
std::map<std::string, std::string> samples_of(const std::string& text) {
  std::map<std::string, std::string> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t space = line.rfind(' ');
    if (!samples.emplace(line.substr(0, space), line.substr(space + 1)).second) return {};
  }
  return samples;
}

std::map<std::string, std::string> samples(const std::function<void(MetricWriter&)>& write) {
  fmt::memory_buffer out;
  MetricText metrics(out, MetricFormat::kPrometheus);
  write(metrics);
  return samples_of(fmt::to_string(out));
}

InterfaceStatus interface_named(std::string name, std::uint64_t packets) {
  InterfaceStatus status;
  status.name = std::move(name);
  status.ingress = "tcx";
  status.egress = "none";
  status.in.packets = status.in.flow_packets = packets;
  return status;
}

TEST(SensorMetrics, TellEveryPacketUnderOneVerdict) {
  InterfaceStatus one = interface_named("eth0", 0);
  one.in = {.packets = 100,
            .flow_packets = 40,
            .not_ip_packets = 1,
            .lost_packets = 2,
            .blocked_packets = 3,
            .rule_dropped_packets = 4,
            .answered_packets = 5,
            .refused_packets = 6,
            .unsolicited_packets = 39,
            .protocol_dropped_packets = 7};
  const auto told = samples([&](MetricWriter& metrics) { write_traffic_metrics(metrics, {}, {one}); });
  const std::map<std::string, std::string> expected{
      {"passed", "33"}, {"not_ip", "1"},       {"lost", "2"},
      {"blocked", "3"}, {"rule_dropped", "4"}, {"answered", "5"},
      {"refused", "6"}, {"unsolicited", "39"}, {"protocol_dropped", "7"}};
  std::uint64_t sum = 0;
  for (const auto& [verdict, packets] : expected) {
    EXPECT_EQ(told.at("vedette_verdict_packets_total{interface=\"eth0\",direction=\"in\",verdict=\"" +
                      verdict + "\"}"),
              packets);
    sum += std::stoull(packets);
  }
  EXPECT_EQ(told.at("vedette_interface_packets_total{interface=\"eth0\",direction=\"in\"}"),
            std::to_string(sum));
}

TEST(SensorMetrics, AddUpInterfacesOfOneName) {
  const auto told = samples([](MetricWriter& metrics) {
    write_traffic_metrics(metrics, {}, {interface_named("veth", 2), interface_named("veth", 3)});
  });
  EXPECT_EQ(told.at("vedette_interface_packets_total{interface=\"veth\",direction=\"in\"}"), "5");
}

TEST(SensorMetrics, TellManyInterfacesOverTheBoundAsOne) {
  std::vector<InterfaceStatus> interfaces;
  for (std::size_t i = 0; i < kMostInterfaceSeries + 10; i++)
    interfaces.push_back(interface_named("veth" + std::to_string(i), 1));
  const auto told = samples([&](MetricWriter& metrics) { write_traffic_metrics(metrics, {}, interfaces); });
  EXPECT_EQ(told.at("vedette_interface_packets_total{interface=\"veth0\",direction=\"in\"}"), "1");
  EXPECT_EQ(told.at("vedette_interface_packets_total{interface=\"(others)\",direction=\"in\"}"), "10");
  EXPECT_LE(told.size(), (kMostInterfaceSeries + 1) * 50);
}

TEST(SensorMetrics, TellProtocolsWithoutANameTogether) {
  Stats stats;
  for (int protocol = 0; protocol < 256; protocol++)
    stats.protocols.push_back({.protocol = static_cast<std::uint8_t>(protocol),
                               .ip_version = 4,
                               .direction = VDT_DIRECTION_IN,
                               .packets = 1,
                               .bytes = 0});
  const auto told = samples([&](MetricWriter& metrics) { write_traffic_metrics(metrics, stats, {}); });
  EXPECT_EQ(told.at("vedette_protocol_packets_total{protocol=\"tcp\",ip_version=\"4\",direction=\"in\"}"),
            "1");
  EXPECT_TRUE(told.contains(
      "vedette_protocol_packets_total{protocol=\"(others)\",ip_version=\"4\",direction=\"in\"}"));
}

TEST(SensorMetrics, TellVersionsOverTheBoundAsOneOfTheirApplication) {
  std::vector<std::string> versions;
  for (std::size_t i = 0; i < kMostApplicationSeries + 5; i++) versions.push_back(std::to_string(i));
  Stats stats;
  for (const std::string& version : versions) {
    ApplicationCounts one;
    one.app = "ssh";
    one.app_version = version;
    one.flows = 2;
    stats.ended_applications.push_back(one);
  }
  const auto told = samples([&](MetricWriter& metrics) { write_sensor_metrics(metrics, stats); });
  EXPECT_EQ(told.at("vedette_application_flows_total{app=\"ssh\",app_version=\"0\",outdated=\"false\"}"),
            "2");
  EXPECT_EQ(
      told.at("vedette_application_flows_total{app=\"ssh\",app_version=\"(others)\",outdated=\"false\"}"),
      "10");
}

TEST(SensorMetrics, TellWhatAStoreWroteLostAndTakesUp) {
  StoreStatus store;
  store.engine = "clickhouse 18.16 at http://db1:8123/vedette";
  store.accepted = 100;
  store.rows = 70;
  store.waiting = 30;
  store.queued_bytes = 500;
  store.spooled_rows = 20;
  store.spooled_bytes = 900;
  store.queue_full = 4;
  store.unwritten = 5;
  store.writing = false;
  store.failed_writes = 6;
  store.set_aside = 1;
  store.bytes = 900;
  store.most_bytes = 4096;
  store.queries = {.answered = 7, .refused = 2, .failed = 1, .spent = std::chrono::milliseconds(2500)};
  store.tables = {{.name = "abandoned", .bytes = 10, .oldest = {}, .days = 0},
                  {.name = "flows", .bytes = 3000, .oldest = std::chrono::days(20'000), .days = 7}};
  auto told = samples([&](MetricWriter& metrics) { write_store_metrics(metrics, store); });
  const std::map<std::string, std::string> expected{
      {"vedette_store_accepted_rows_total", "100"},
      {"vedette_store_written_rows_total", "70"},
      {"vedette_store_lost_rows_total{reason=\"queue_full\"}", "4"},
      {"vedette_store_lost_rows_total{reason=\"unwritten\"}", "5"},
      {"vedette_store_waiting_rows{place=\"queue\"}", "10"},
      {"vedette_store_waiting_rows{place=\"spool\"}", "20"},
      {"vedette_store_waiting_bytes{place=\"queue\"}", "500"},
      {"vedette_store_waiting_bytes{place=\"spool\"}", "900"},
      {"vedette_store_writing", "0"},
      {"vedette_store_failed_writes_total", "6"},
      {"vedette_store_set_aside_files_total", "1"},
      {"vedette_store_table_bytes{engine=\"clickhouse\",table=\"abandoned\"}", "10"},
      {"vedette_store_table_bytes{engine=\"clickhouse\",table=\"flows\"}", "3000"},
      {"vedette_store_table_oldest_timestamp_seconds{engine=\"clickhouse\",table=\"flows\"}", "1728000000"},
      {"vedette_store_table_kept_seconds{engine=\"clickhouse\",table=\"flows\"}", "604800"},
      {"vedette_store_folder_bytes", "900"},
      {"vedette_store_folder_limit_bytes", "4096"},
      {"vedette_store_queries_total{outcome=\"answered\"}", "7"},
      {"vedette_store_queries_total{outcome=\"refused\"}", "2"},
      {"vedette_store_queries_total{outcome=\"failed\"}", "1"},
      {"vedette_store_query_seconds_total", "2.5"},
  };
  EXPECT_EQ(told, expected) << "never written: no time of it, and no disk that nobody looked at";
  store.last_write = std::chrono::milliseconds(1'700'000'000'500);
  store.disk = DiskRoom{.free_bytes = 11, .bytes = 22};
  told = samples([&](MetricWriter& metrics) { write_store_metrics(metrics, store); });
  EXPECT_EQ(told.at("vedette_store_last_write_timestamp_seconds"), "1700000000.5");
  EXPECT_EQ(told.at("vedette_store_disk_free_bytes"), "11");
  EXPECT_EQ(told.at("vedette_store_disk_size_bytes"), "22");
}

TEST(SensorMetrics, OfAWholeSensorRepeatNoSample) {
  const tests::TemporaryFolder folder;
  tests::write_made_capture(folder.file("made.pcapng"));
  tests::FileBackend backend(folder.file("made.pcapng"), tests::Pace::kOnce);
  const auto told = samples_of(sensor_metrics(backend, MetricFormat::kPrometheus));
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.at("vedette_build_info{version=\"test\"}"), "1");
  EXPECT_EQ(told.at("vedette_feed_up{feed=\"tested\"}"), "0");
  EXPECT_EQ(told.at("vedette_rule_packets_total{rule=\"a-rule\"}"), "3");
  EXPECT_EQ(told.at("vedette_hook_findings_total{kind=\"url\",outcome=\"dropped\"}"), "2");
  EXPECT_EQ(told.at("vedette_lost_packets_total{reason=\"flow_table_full\"}"), "0");
  EXPECT_TRUE(told.contains("process_resident_memory_bytes"));
}

}  // namespace
}  // namespace vedette
