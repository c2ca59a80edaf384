// The sensor as a process: starts everything, gives up the privileges that it no longer needs, waits for a
// signal, and takes everything away again. `vedetted` and `vedette up` are this.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "export/otlp_exporter.h"
#include "sensor/sensor.h"

namespace vedette {

inline constexpr const char* kDefaultSocket = "/run/vedette/api.sock";
inline constexpr const char* kGatewayUser = "vedette-gateway";

struct DaemonOptions {
  std::vector<std::string> interfaces;  // none: the default route's
  IngressMode mode = IngressMode::kAuto;
  bool egress = true;
  std::uint32_t flow_slots = PacketProgramOptions{}.flow_slots;
  std::uint32_t ring_kib = PacketProgramOptions{}.ring_bytes / 1024;
  std::size_t max_flows = FlowOptions{}.max_flows;
  std::uint32_t first_packets = FirstBytesOptions{}.packets;
  std::uint32_t first_kib = FirstBytesOptions{}.bytes / 1024;
  std::vector<std::uint16_t> endless_ports = FirstBytesOptions{}.endless_ports;
  std::uint32_t first_packets_a_second = FirstBytesOptions{}.packets_a_second;
  std::uint32_t first_kib_a_second = FirstBytesOptions{}.kibibytes_a_second;
  std::uint32_t first_mib = HandshakeOptions{}.all_bytes >> 20;
  std::uint32_t head_packets = PacketHeadOptions{}.flow_packets;
  std::uint32_t head_packets_a_second = PacketHeadOptions{}.packets_a_second;
  std::uint64_t evidence_ring_mib = EvidenceOptions{}.ring_bytes >> 20;
  std::uint64_t evidence_kib = EvidenceOptions{}.finding_bytes >> 10;
  std::uint64_t evidence_mib = EvidenceOptions{}.all_bytes >> 20;
  Severity evidence_least = EvidenceOptions{}.least;
  std::vector<std::string> outdated;  // files with rules for what is outdated, asked before this host's own
  std::vector<std::string> places;    // databases of countries and autonomous systems
  std::filesystem::path lists_file;   // empty: the lists end with a clean stop
  ResponseOptions responses;          // what is done about findings
  HookOptions hooks;                  // whom findings are handed to
  std::string policy;                 // its file; empty: none, or that of the state folder
  // Its folder, ClickHouse's URLs divided by commas, or "off"; empty: in the state folder, where there is
  // one.
  std::string store;
  // Where history is kept where neither --store nor --state says it; empty: nowhere.
  std::filesystem::path usual_store;
  std::string store_cluster;             // of ClickHouse's; empty: one server
  std::filesystem::path store_password;  // a file whose first line it is; empty: none
  std::uint32_t store_days = StoreOptions{}.days;
  std::uint32_t store_minute_days = StoreOptions{}.minute_days;
  std::uint32_t store_hour_days = StoreOptions{}.hour_days;
  std::uint64_t store_mib = StoreOptions{}.most_bytes >> 20;
  std::uint64_t store_memory_mib = StoreOptions{}.memory_bytes >> 20;
  std::filesystem::path state_folder;       // where the policy outlives the daemon; empty: nowhere
  std::vector<std::string> proxies;         // as parse_proxy_request() takes them
  std::vector<std::string> solicited_only;  // as parse_solicited_host() does
  std::vector<std::string> feeds;           // FeedOptions as text
  std::vector<std::string> exports;         // as parse_export_target() takes them
  std::vector<std::string> findings_to;     // as parse_finding_target() does
  std::vector<std::string> otlp;            // URLs of receivers of metrics
  std::chrono::seconds otlp_every = OtlpOptions{}.every;
  std::uint32_t connections = HealthOptions{}.connections;
  std::filesystem::path pin_folder;
  std::filesystem::path socket = kDefaultSocket;
  std::string gateway_user;    // by name or number; empty: the user "vedette-gateway", where there is one
  bool keep_programs = false;  // leave the programs attached at a clean stop
  LogForm log_form = LogForm::kText;
  LogLevel log_level = LogLevel::kInfo;
  // Called once the API listens, with the rights that are given up next.
  std::function<void()> listening = [] {};
  // Called once all is up, with the interfaces that are watched.
  std::function<void(const std::vector<InterfaceStatus>&)> ready = [](const auto&) {};
};

// Runs until SIGTERM, SIGINT, SIGQUIT, or SIGHUP where that isn't to read the policy anew, then detaches and
// unpins everything. Returns the exit status; what went wrong has been logged. Call it from a process with
// one thread: signals are blocked for all that it starts.
[[nodiscard]] int run_daemon(const DaemonOptions& options);

}  // namespace vedette
