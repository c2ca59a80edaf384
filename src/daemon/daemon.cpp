#include "daemon/daemon.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/privileges.h"
#include "base/service_notice.h"
#include "base/url.h"
#include "base/version.h"
#include "daemon/instance_lock.h"
#include "export/finding_output.h"
#include "export/flow_output.h"
#include "kernel/link_monitor.h"
#include "policy/policy_file.h"
#include "serve/api_server.h"
#include "serve/gateway_actor.h"
#include "serve/unix_listener.h"
#include "store/clickhouse_address.h"

namespace vedette {

namespace {

// A long flow is in the store by what it grew by in so long.
constexpr auto kStoredEvery = std::chrono::seconds(60);

// The signals that end the daemon (SIGHUP: its terminal has gone), blocked in every thread and read here. One
// that is ignored from the beginning, by nohup or a shell's background, stays so; save for SIGHUP where it
// has a policy to read anew.
Result<FileDescriptor> awaited_signals(bool rereads) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN || (signal == SIGHUP && rereads)) sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  FileDescriptor descriptor(signalfd(-1, &signals, SFD_CLOEXEC));
  if (!descriptor) return failed("signals", fmt::format("can't be read: {}", std::strerror(errno)));
  return descriptor;
}

int wait_for(const FileDescriptor& signals) {
  signalfd_siginfo signal{};
  while (read(signals.get(), &signal, sizeof(signal)) < 0 && errno == EINTR) {
  }
  return static_cast<int>(signal.ssi_signo);
}

Result<PolicyOrder> policy_order(const std::string& file) {
  auto text = policy_file_text(file);
  if (!text) return std::unexpected(text.error());
  if (const auto policy = read_policy(*text, file); !policy) return std::unexpected(policy.error());
  PolicyOrder order;
  order.text = std::move(*text);
  order.file = file;
  return order;
}

void read_policy_anew(const std::string& file, Sensor& sensor, Log& log) {
  notify_service("RELOADING=1");
  auto order = policy_order(file);
  if (order) order->by = {.kind = ActorKind::kSignal};
  if (!order)
    log.error(order.error().text());
  else if (auto applied = sensor.apply_policy(*order); !applied)
    log.error(applied.error().text());
  notify_service("READY=1");
}

// Where the store is, and as whom it is asked.
Result<void> place_store(const DaemonOptions& options, StoreOptions& store) {
  if (!is_http_url(options.store)) {
    if (!options.store.empty())
      store.folder = options.store;
    else
      store.folder = options.state_folder.empty() ? options.usual_store : options.state_folder / "store";
    return {};
  }
  if (options.state_folder.empty())
    return unusable("--store", "a URL needs a folder in which rows wait while the server is away",
                    "name one: --state");
  store.folder = options.state_folder / "spool";
  store.cluster = options.store_cluster;
  std::istringstream urls(options.store);
  for (std::string url; std::getline(urls, url, ',');) {
    if (auto address = parse_clickhouse_url(url); !address) return std::unexpected(address.error());
    store.servers.push_back(url);
  }
  if (options.store_password.empty()) return {};
  std::ifstream file(options.store_password);
  if (!std::getline(file, store.password))
    return unusable(options.store_password.native(), "expected a password in its first line");
  return {};
}

// Nothing where history is off.
Result<std::optional<StoreOptions>> store_options(const DaemonOptions& options, const SensorOptions& sensor) {
  if (!options.store_cluster.empty() && !is_http_url(options.store))
    return unusable("--store-cluster", "goes with a ClickHouse server's URL alone: --store");
  const bool somewhere =
      !options.store.empty() || !options.state_folder.empty() || !options.usual_store.empty();
  if (options.store == "off" || !somewhere) return std::nullopt;
  StoreOptions store;
  if (auto placed = place_store(options, store); !placed) return std::unexpected(placed.error());
  store.days = options.store_days;
  store.minute_days = options.store_minute_days;
  store.hour_days = options.store_hour_days;
  store.most_bytes = options.store_mib << 20;
  store.memory_bytes = options.store_memory_mib << 20;
  store.note = sensor.note;
  return store;
}

Result<SensorOptions> sensor_options(const DaemonOptions& options, Log& log) {
  SensorOptions sensor;
  sensor.interfaces = options.interfaces;
  if (sensor.interfaces.empty()) {
    auto interface = LinkMonitor::default_route_interface();
    if (!interface) return std::unexpected(interface.error());
    sensor.interfaces.push_back(*interface);
  }
  sensor.mode = options.mode;
  sensor.egress = options.egress;
  sensor.programs.flow_slots = options.flow_slots;
  sensor.programs.ring_bytes = std::bit_ceil(options.ring_kib) * 1024;
  sensor.programs.pin_folder = options.pin_folder;
  sensor.flows.max_flows = options.max_flows;
  sensor.first_bytes.packets = options.first_packets;
  sensor.first_bytes.bytes = options.first_kib * 1024;
  sensor.first_bytes.endless_ports = options.endless_ports;
  sensor.first_bytes.packets_a_second = options.first_packets_a_second;
  sensor.first_bytes.kibibytes_a_second = options.first_kib_a_second;
  sensor.heads.told = options.head_packets_a_second != 0;
  sensor.heads.flow_packets = options.head_packets;
  sensor.heads.packets_a_second = options.head_packets_a_second;
  if (!options.state_folder.empty() && options.evidence_mib != 0)
    sensor.evidence.folder = options.state_folder / "evidence";
  sensor.evidence.ring_bytes = options.evidence_ring_mib << 20;
  sensor.evidence.finding_bytes = options.evidence_kib << 10;
  sensor.evidence.all_bytes = options.evidence_mib << 20;
  sensor.evidence.least = options.evidence_least;
  // More than the kernel tells needn't be held.
  sensor.handshakes.head_bytes = std::size_t{options.first_kib} * 1024;
  sensor.handshakes.all_bytes = std::size_t{options.first_mib} << 20;
  auto outdated = OutdatedTable::of_this_host(options.outdated);
  if (!outdated) return std::unexpected(outdated.error());
  sensor.outdated = std::move(*outdated);
  sensor.lists_file = options.lists_file;
  sensor.responses = options.responses;
  sensor.hooks = options.hooks;
  if (!options.state_folder.empty()) {
    sensor.policy_state_file = options.state_folder / "policy-state.yaml";
    sensor.feeds_folder = options.state_folder / "feeds";
    sensor.audit_file = options.state_folder / "audit.ndjson";
  }
  if (!options.policy.empty()) {
    auto order = policy_order(options.policy);
    if (!order) return std::unexpected(order.error());
    sensor.policy = std::move(*order);
  }
  for (const std::string& text : options.proxies) {
    auto proxy = parse_proxy_request(text);
    if (!proxy) return std::unexpected(proxy.error());
    sensor.proxies.push_back(std::move(*proxy));
  }
  for (const std::string& text : options.solicited_only) {
    auto host = parse_solicited_host(text);
    if (!host) return std::unexpected(host.error());
    sensor.solicited_only.push_back(std::move(*host));
  }
  for (const std::string& text : options.feeds) {
    auto feed = parse_feed_options(text);
    if (!feed) return std::unexpected(feed.error());
    if (std::ranges::any_of(sensor.feeds, [&](const FeedOptions& other) { return other.name == feed->name; }))
      return unusable("--feed", fmt::format("there are two feeds {}", feed->name));
    sensor.feeds.push_back(std::move(*feed));
  }
  if (sensor.feeds.size() > VDT_FEEDS)
    return unusable("--feed", fmt::format("there may be {} feeds", VDT_FEEDS));
  for (const std::string& file : options.places)
    if (auto opened = sensor.places.open(file); !opened) return std::unexpected(opened.error());
  sensor.health.connections = options.connections;
  sensor.note = [&log](const std::string& line) { log.info(line); };
  auto store = store_options(options, sensor);
  if (!store) return std::unexpected(store.error());
  sensor.store = std::move(*store);
  sensor.store_required = !options.store.empty();
  if (sensor.store) sensor.flows.report_every = kStoredEvery;
  return sensor;
}

// All are named rightly before the first begins.
Result<std::vector<std::shared_ptr<FlowOutput>>> exporters(const std::vector<std::string>& texts, Log& log) {
  std::vector<ExportTarget> targets;
  for (const std::string& text : texts) {
    auto target = parse_export_target(text);
    if (!target) return std::unexpected(target.error());
    targets.push_back(std::move(*target));
  }
  std::vector<std::shared_ptr<FlowOutput>> all;
  for (ExportTarget& target : targets) {
    auto output = make_flow_output(std::move(target), [&log](const std::string& line) { log.warning(line); });
    if (!output) return std::unexpected(output.error());
    all.push_back(std::move(*output));
  }
  return all;
}

Result<std::vector<std::shared_ptr<FindingOutput>>> finding_outputs(const std::vector<std::string>& texts,
                                                                    Log& log) {
  std::vector<std::shared_ptr<FindingOutput>> all;
  for (const std::string& text : texts) {
    auto target = parse_finding_target(text);
    if (!target) return std::unexpected(target.error());
    FindingOutputOptions options;
    options.note = [&log](const std::string& line) { log.warning(line); };
    auto output = make_finding_output(std::move(*target), std::move(options));
    if (!output) return std::unexpected(output.error());
    all.push_back(std::move(*output));
  }
  return all;
}

// Nothing where there is no gateway on this host.
Result<std::optional<uid_t>> gateway_of(const DaemonOptions& options) {
  const auto user = gateway_user(options.gateway_user.empty() ? kGatewayUser : options.gateway_user);
  if (user) return std::optional(*user);
  if (options.gateway_user.empty()) return std::nullopt;
  return std::unexpected(user.error());
}

Result<std::vector<std::shared_ptr<OtlpExporter>>> metric_pushers(const DaemonOptions& daemon, Log& log) {
  std::vector<std::shared_ptr<OtlpExporter>> all;
  for (const std::string& url : daemon.otlp) {
    auto exporter =
        OtlpExporter::make({.url = url, .every = daemon.otlp_every, .note = [&log](const std::string& line) {
                              log.warning(line);
                            }});
    if (!exporter) return std::unexpected(exporter.error());
    all.push_back(std::move(*exporter));
  }
  return all;
}

Result<void> serve(const DaemonOptions& options, Log& log) {
  auto signals = awaited_signals(!options.policy.empty());
  if (!signals) return std::unexpected(signals.error());
  auto lock = InstanceLock::take();
  if (!lock) return std::unexpected(lock.error());
  auto gateway = gateway_of(options);
  if (!gateway) return std::unexpected(gateway.error());
  auto wanted = sensor_options(options, log);
  if (!wanted) return std::unexpected(wanted.error());
  // Before anything is put on an interface: taking it off again interrupts some network cards.
  if (auto free = UnixListener::examine(options.socket); !free) return std::unexpected(free.error());
  auto exported = exporters(options.exports, log);
  if (!exported) return std::unexpected(exported.error());
  auto outputs = finding_outputs(options.findings_to, log);
  if (!outputs) return std::unexpected(outputs.error());
  auto pushers = metric_pushers(options, log);
  if (!pushers) return std::unexpected(pushers.error());
  wanted->subscribers.assign(exported->begin(), exported->end());
  wanted->subscribers.insert(wanted->subscribers.end(), outputs->begin(), outputs->end());
  wanted->subscribers.insert(wanted->subscribers.end(), pushers->begin(), pushers->end());
  auto sensor = Sensor::start(std::move(*wanted));
  if (!sensor) return std::unexpected(sensor.error());
  if ((*sensor)->resumed()) log.info("took over the programs of the daemon before");
  auto listener = UnixListener::open(options.socket, *gateway);
  if (!listener) {
    (*sensor)->stop();
    return std::unexpected(listener.error());
  }
  options.listening();
  // After the socket, which takes CAP_CHOWN, and before the threads that serve it.
  if (auto dropped = drop_privileges(); !dropped) log.warning(dropped.error().text());
  auto server = ApiServer::start(std::move(*listener), **sensor);
  if (!server) {
    (*sensor)->stop();
    return std::unexpected(server.error());
  }
  for (const auto& pusher : *pushers) pusher->begin(**sensor);
  log.info("serving", {{"socket", options.socket.native()}, {"version", kVersion}});
  options.ready((*sensor)->interfaces());
  notify_service("READY=1");
  int signal = wait_for(*signals);
  for (; signal == SIGHUP && !options.policy.empty(); signal = wait_for(*signals))
    read_policy_anew(options.policy, **sensor, log);
  notify_service("STOPPING=1");
  log.info("stopping", {{"signal", sigabbrev_np(signal)}});
  for (const auto& pusher : *pushers) pusher->stop();
  // The sensor first: it ends the streams that the server's threads wait for.
  if (!options.keep_programs) (*sensor)->stop();
  (*server)->stop();
  // With the flows that ended with it.
  for (const auto& exporter : *exported) exporter->stop();
  for (const auto& output : *outputs) output->stop();
  return {};
}

}  // namespace

int run_daemon(const DaemonOptions& options) {
  Log log(options.log_form, options.log_level);
  // Whoever read the log may go; the sensor stays.
  signal(SIGPIPE, SIG_IGN);
  auto served = serve(options, log);
  if (served) return 0;
  log.error(served.error().text());
  return served.error().exit_status();
}

}  // namespace vedette
