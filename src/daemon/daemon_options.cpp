#include "daemon/daemon_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string>
#include <vector>

namespace vedette {

namespace {

// The option's value becomes the number of the name in `choices`.
template <typename Choice>
CLI::Validator number_of_one(const std::map<std::string, Choice>& choices) {
  std::vector<std::string> names;
  names.reserve(choices.size());
  for (const auto& [name, choice] : choices) names.push_back(name);
  return {[choices, names](std::string& text) {
            const auto found = choices.find(text);
            if (found == choices.end())
              return fmt::format("expected {}, found {}", fmt::join(names, ", "), text);
            text = fmt::to_string(static_cast<int>(found->second));
            return std::string();
          },
          ""};
}

void add_severity_option(CLI::App& command, const std::string& option, Severity& severity,
                         const std::string& meaning) {
  command
      .add_option_function<std::string>(
          option,
          [option, &severity](const std::string& name) {
            const auto named = severity_named(name);
            if (!named)
              throw CLI::ValidationError(option,
                                         "expected info, low, medium, high or critical, found " + name);
            severity = *named;
          },
          meaning)
      ->type_name("SEVERITY");
}

void add_evidence_options(CLI::App& command, DaemonOptions& options) {
  command
      .add_option("--evidence-ring", options.evidence_ring_mib,
                  "MiB of the latest packets from which evidence of before an alarm is taken")
      ->check(CLI::Range(1U, 1U << 20))
      ->capture_default_str();
  command.add_option("--evidence-kib", options.evidence_kib, "Evidence of one finding in KiB at most")
      ->check(CLI::Range(4U, 1U << 20))
      ->capture_default_str();
  command
      .add_option("--evidence-mib", options.evidence_mib,
                  "Evidence of all findings in MiB at most, the oldest goes first; 0: none")
      ->check(CLI::Range(0U, 1U << 24))
      ->capture_default_str();
  add_severity_option(command, "--evidence-severity", options.evidence_least,
                      "Least severity of a finding whose packets are saved (default: medium)");
}

void add_store_options(CLI::App& command, DaemonOptions& options) {
  command
      .add_option(
          "--store", options.store,
          "Folder in which history is kept, a ClickHouse server's URL, or \"off\" (default: \"store\" in "
          "the state folder)")
      ->type_name("PATH|URL|off");
  command
      .add_option("--store-cluster", options.store_cluster,
                  "The cluster of ClickHouse servers, by the name that they give it")
      ->type_name("NAME");
  command
      .add_option("--store-password", options.store_password,
                  "A file whose first line is the password at the ClickHouse server")
      ->type_name("FILE");
  command.add_option("--store-days", options.store_days, "Days that flows are kept as they were")
      ->check(CLI::Range(1U, 36'500U))
      ->capture_default_str();
  command
      .add_option("--store-minute-days", options.store_minute_days, "Days that sums by the minute are kept")
      ->check(CLI::Range(1U, 36'500U))
      ->capture_default_str();
  command
      .add_option("--store-hour-days", options.store_hour_days,
                  "Days that sums by the hour and findings are kept")
      ->check(CLI::Range(1U, 36'500U))
      ->capture_default_str();
  command
      .add_option("--store-mib", options.store_mib,
                  "History in MiB at most: the oldest days go first; with a URL: what waits for the server")
      ->check(CLI::Range(64U, 1U << 30))
      ->capture_default_str();
  command
      .add_option("--store-memory", options.store_memory_mib,
                  "MiB of memory that the store's engine may take")
      ->check(CLI::Range(64U, 1U << 20))
      ->capture_default_str();
}

void add_response_options(CLI::App& command, ResponseOptions& responses) {
  command
      .add_option_function<std::vector<std::string>>(
          "--respond",
          [&responses](const std::vector<std::string>& all) {
            for (const std::string& one : all)
              if (auto taken = take_response(responses, one); !taken)
                throw CLI::ValidationError("--respond", taken.error().text());
          },
          "What is done about the sources of findings: off, observe, enforce, or about the attacked port "
          "alone: "
          "observe-port, enforce-port; of one kind or detector: KIND=MODE, DETECTOR=MODE; may be given again")
      ->type_name("MODE");
  add_severity_option(command, "--respond-severity", responses.least,
                      "Least severity of a finding whose source is answered (default: medium)");
  command
      .add_option_function<std::uint32_t>(
          "--respond-ttl",
          [&responses](std::uint32_t seconds) { responses.ttl = std::chrono::seconds(seconds); },
          "Seconds of a source's first block; four times the last one's from then on (default: 600)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 86'400U));
}

void add_hook_options(CLI::App& command, HookOptions& hooks) {
  command
      .add_option("--hook-command", hooks.commands,
                  "A program that is run for each finding, which it gets as JSON on standard input; may be "
                  "given again")
      ->type_name("PATH");
  command
      .add_option("--hook-url", hooks.urls, "A URL that each finding is sent to by POST; may be given again")
      ->type_name("URL");
  command
      .add_option_function<std::string>(
          "--hook-severity",
          [&hooks](const std::string& name) {
            const auto least = severity_named(name);
            if (!least)
              throw CLI::ValidationError("--hook-severity",
                                         "expected info, low, medium, high or critical, found " + name);
            hooks.least = *least;
          },
          "Least severity of a finding that hooks are told (default: medium)")
      ->type_name("SEVERITY");
  command
      .add_option_function<std::uint32_t>(
          "--hook-timeout",
          [&hooks](std::uint32_t seconds) { hooks.timeout = std::chrono::seconds(seconds); },
          "Seconds that a hook's program may run, or its URL take to answer (default: 10)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 600U));
}

}  // namespace

void add_daemon_options(CLI::App& command, DaemonOptions& options) {
  static const std::map<std::string, IngressMode> kModes{{"auto", IngressMode::kAuto},
                                                         {"xdp-native", IngressMode::kXdpNative},
                                                         {"xdp-generic", IngressMode::kXdpGeneric},
                                                         {"tc", IngressMode::kTc}};
  static const std::map<std::string, LogForm> kForms{{"text", LogForm::kText}, {"json", LogForm::kJson}};
  static const std::map<std::string, LogLevel> kLevels{{"debug", LogLevel::kDebug},
                                                       {"info", LogLevel::kInfo},
                                                       {"warning", LogLevel::kWarning},
                                                       {"error", LogLevel::kError}};
  command
      .add_option(
          "-i,--interface", options.interfaces,
          "Interface to watch, a name or a shell pattern; may be given again (default: the default route's)")
      ->type_name("IF");
  command.add_option("--mode", options.mode, "Ingress hook: auto takes the first of the others that works")
      ->transform(number_of_one(kModes))
      ->type_name("auto|xdp-native|xdp-generic|tc")
      ->default_str("auto");
  command.add_flag_callback(
      "--no-egress", [&options] { options.egress = false; }, "Leave outgoing packets out");
  command.add_option("--flow-slots", options.flow_slots, "Records in the kernel's flow cache, in all")
      ->check(CLI::Range(16U, 1U << 26))
      ->capture_default_str();
  command.add_option("--ring", options.ring_kib, "Size of the telemetry ring in KiB")
      ->check(CLI::Range(4U, 1U << 20))
      ->capture_default_str();
  command.add_option("--max-flows", options.max_flows, "Two-way flows in memory at most")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 26))
      ->capture_default_str();
  command
      .add_option("--first-packets", options.first_packets,
                  "Packets with payload by which a flow's direction tells its protocol; 0: none")
      ->check(CLI::Range(0U, std::uint32_t{VDT_FIRST_CREDIT}))
      ->capture_default_str();
  command.add_option("--first-kib", options.first_kib, "Payload of these in KiB at most")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  command
      .add_option("--endless-ports", options.endless_ports,
                  "Ports whose every packet is told, as it may name addresses")
      ->delimiter(',')
      ->expected(0, VDT_ENDLESS_PORTS)
      ->capture_default_str();
  command
      .add_option("--first-rate", options.first_packets_a_second,
                  "First packets a second and CPU that are told at most")
      ->check(CLI::Range(1U, 100'000'000U))
      ->capture_default_str();
  command
      .add_option("--first-rate-kib", options.first_kib_a_second,
                  "KiB of first packets a second and CPU that are told at most")
      ->check(CLI::Range(1U, 100'000'000U))
      ->capture_default_str();
  command
      .add_option("--first-mib", options.first_mib,
                  "MiB of all flows' first bytes that wait for more at most; the oldest are given up")
      ->check(CLI::Range(1U, 65'536U))
      ->capture_default_str();
  command
      .add_option("--head-packets", options.head_packets,
                  "Packets of a flow's direction at which detectors look, beside odd ones")
      ->check(CLI::Range(0U, std::uint32_t{VDT_HEAD_PACKETS_MAX}))
      ->capture_default_str();
  command
      .add_option("--head-rate", options.head_packets_a_second,
                  "Such packets a second and CPU at most, of each sort; 0: none")
      ->check(CLI::Range(0U, 100'000'000U))
      ->capture_default_str();
  command.add_option("--outdated", options.outdated, "A file with rules for what is outdated, asked first")
      ->type_name("RULES");
  command.add_option("--geoip", options.places, "A MaxMind database of countries or autonomous systems")
      ->type_name("MMDB");
  command
      .add_option("--syn-proxy", options.proxies,
                  "Answer a port's SYNs before they reach the host: PORT[,always|need][,cookie|reset]"
                  "[,address=ADDRESS]; may be given again")
      ->type_name("PROXY");
  command
      .add_option(
          "--solicited-only", options.solicited_only,
          "Let into an address only what it asked for: ADDRESS[,ports=PORT+PORT][,tcp][,observe]; may "
          "be given again")
      ->type_name("HOST");
  command
      .add_option("--lists", options.lists_file,
                  "A file in which the block-list and the allow-list outlive a stop")
      ->type_name("FILE");
  add_response_options(command, options.responses);
  add_evidence_options(command, options);
  add_hook_options(command, options.hooks);
  add_store_options(command, options);
  command.add_option("--policy", options.policy, "The policy to begin with; read anew at SIGHUP")
      ->type_name("FILE");
  command
      .add_option("--state", options.state_folder,
                  "Folder in which the policy, findings' evidence, history, feeds by URL and the audit trail "
                  "outlive the "
                  "daemon")
      ->type_name("PATH");
  command
      .add_option("--feed", options.feeds,
                  "A file or URL whose addresses and networks are blocked; may be given again")
      ->type_name("NAME=SOURCE[,...]");
  command
      .add_option("--export", options.exports,
                  "A collector that flows are sent to: ipfix://HOST[:PORT], ipfix+tcp://HOST[:PORT], "
                  "netflow9://HOST[:PORT] or kafka://HOST[:PORT]/TOPIC; may be given again")
      ->type_name("TARGET");
  command
      .add_option("--findings-to", options.findings_to,
                  "Where findings are written: syslog://HOST[:PORT], syslog+tcp://HOST[:PORT], syslog:, "
                  "file:PATH, kafka://HOST[:PORT]/TOPIC, or a URL; may be given again")
      ->type_name("TARGET[,severity=SEVERITY]");
  command
      .add_option("--otlp", options.otlp,
                  "An OpenTelemetry receiver that metrics are sent to by HTTP; may be given again")
      ->type_name("URL");
  command
      .add_option_function<std::uint32_t>(
          "--otlp-every",
          [&options](std::uint32_t seconds) { options.otlp_every = std::chrono::seconds(seconds); },
          "Seconds from one time to the next (default: 60)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 86'400U));
  command
      .add_option("--connections", options.connections,
                  "Connections whose health and owner the kernel remembers, each")
      ->check(CLI::Range(1U, 1U << 24))
      ->capture_default_str();
  command.add_option("--socket", options.socket, "Where the API listens")
      ->envname("VEDETTE_SOCKET")
      ->type_name("PATH")
      ->capture_default_str();
  command
      .add_option("--gateway-user", options.gateway_user,
                  "Who asks for others and says for whom: the gateway's user (default: vedette-gateway)")
      ->type_name("USER");
  command
      .add_option("--pin-folder", options.pin_folder,
                  "Folder in a BPF file system for what outlives the daemon")
      ->type_name("PATH");
  command.add_flag("--keep-programs", options.keep_programs,
                   "Leave the programs attached at the end; the next sensor takes them over");
  command.add_option("--log", options.log_form, "Form of the log on standard error")
      ->transform(number_of_one(kForms))
      ->type_name("text|json")
      ->default_str("text");
  command.add_option("--log-level", options.log_level, "Least level that is logged")
      ->transform(number_of_one(kLevels))
      ->type_name("debug|info|warning|error")
      ->default_str("info");
}

}  // namespace vedette
