#include "cli/guard_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <initializer_list>
#include <utility>

#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/record_output.h"
#include "cli/time_left.h"

namespace vedette {

namespace {

constexpr const char* kProxyPath = "/v1/syn-proxy";
constexpr const char* kSolicitedPath = "/v1/solicited-only";
using Parameters = std::initializer_list<std::pair<std::string_view, std::string>>;

constexpr Column kProxyColumns[] = {
    {.member = "port", .title = "PORT", .width = 5, .right = true},
    {.member = "mode", .title = "MODE", .width = 6},
    {.member = "method", .title = "METHOD", .width = 6},
    {.member = "active", .title = "ACTIVE", .width = 6},
    {.member = "syns", .title = "SYNS", .width = 12, .right = true},
    {.member = "passed", .title = "PASSED", .width = 10, .right = true},
    {.member = "challenged", .title = "CHALLENGED", .width = 12, .right = true},
    {.member = "verified", .title = "VERIFIED", .width = 10, .right = true},
    {.member = "refused", .title = "REFUSED", .width = 10, .right = true},
    {.member = "unanswerable", .title = "UNANSWERABLE", .width = 12, .right = true},
    {.member = "addresses", .title = "ADDRESSES", .width = 10},
};

constexpr Column kSolicitedColumns[] = {
    {.member = "address", .title = "ADDRESS", .width = 24},
    {.member = "ports", .title = "SERVED PORTS", .width = 16},
    {.member = "tcp", .title = "TCP", .width = 5},
    {.member = "tcp_until_ns", .title = "ATTACKED, FOR", .width = 13, .show = time_left},
    {.member = "tcp_ports", .title = "TCP PORTS", .width = 12},
    {.member = "observe", .title = "OBSERVE", .width = 7},
    {.member = "passed_packets", .title = "PASSED", .width = 12, .right = true},
    {.member = "dropped_packets", .title = "DROPPED", .width = 12, .right = true},
    {.member = "dropped_bytes"},
    {.member = "tcp_dropped_packets"},
};

int change(const std::string& socket, const char* method, const char* path, Parameters parameters) {
  const auto answer = ApiClient(socket).send(method, ApiClient::target(path, parameters));
  return answer ? 0 : complain(answer.error());
}

template <std::size_t N>
int show(const AnswerOptions& options, const char* path, const char* rows, const Column (&columns)[N]) {
  const auto answer = ApiClient(options.socket).get(path);
  if (!answer) return complain(answer.error());
  if (options.quiet) return 0;
  RecordOutput output(stdout, *output_format(options.format), columns);
  for_each_element(json_member(*answer, rows), [&](std::string_view one) { output.add(one); });
  const auto told = output.flush();
  return told ? 0 : complain(told.error());
}

std::string flag(bool given) {
  return given ? "true" : "";
}

void add_proxy_commands(CLI::App& app, SynProxyRequest& request, int& status) {
  CLI::App* group = app.add_subcommand("syn-proxy", "Answer a port's SYNs before they reach the host");
  group->require_subcommand(1);
  CLI::App* start = group->add_subcommand("start", "Begin with a port, or change how it is done");
  start->add_option("port", request.port, "TCP port")->required()->check(CLI::Range(1, 65'535));
  start->add_option("--mode", request.mode, "Always, or while SYNs outnumber what comes of them")
      ->check(one_of({"always", "need"}));
  start
      ->add_option("--method", request.method,
                   "How a source proves itself: by a SYN cookie, or by resetting what it has not begun")
      ->check(one_of({"cookie", "reset"}));
  start->add_option("--address", request.addresses, "Where it is protected (default: every local address)")
      ->type_name("ADDRESS");
  add_socket_option(*start, request.answer.socket);
  start->callback([&] {
    status = change(request.answer.socket, "POST", kProxyPath,
                    {{"port", std::to_string(request.port)},
                     {"mode", request.mode},
                     {"method", request.method},
                     {"address", fmt::format("{}", fmt::join(request.addresses, ","))}});
  });
  CLI::App* stop = group->add_subcommand("stop", "End it");
  stop->add_option("port", request.port, "TCP port")->required()->check(CLI::Range(1, 65'535));
  add_socket_option(*stop, request.answer.socket);
  stop->callback([&] {
    status = change(request.answer.socket, "DELETE", kProxyPath, {{"port", std::to_string(request.port)}});
  });
  CLI::App* all = group->add_subcommand("show", "List the ports and what became of their SYNs");
  add_answer_options(*all, request.answer);
  all->callback([&] { status = show(request.answer, kProxyPath, "proxies", kProxyColumns); });
}

void add_solicited_commands(CLI::App& app, SolicitedOnlyRequest& request, int& status) {
  CLI::App* group = app.add_subcommand("solicited-only", "Let into an address only what it asked for");
  group->require_subcommand(1);
  CLI::App* start = group->add_subcommand("start", "Begin with an address, or change how it is done");
  start->add_option("address", request.address, "Address of this host")->required()->type_name("ADDRESS");
  start->add_option("--ports", request.ports, "Ports that are served to anybody")
      ->delimiter(',')
      ->check(CLI::Range(1, 65'535));
  start->add_flag("--tcp", request.tcp, "TCP out of state too");
  start->add_flag("--observe", request.observe, "Count what would be dropped, and let it pass");
  add_socket_option(*start, request.answer.socket);
  start->callback([&] {
    status = change(request.answer.socket, "POST", kSolicitedPath,
                    {{"address", request.address},
                     {"ports", fmt::format("{}", fmt::join(request.ports, ","))},
                     {"tcp", flag(request.tcp)},
                     {"observe", flag(request.observe)}});
  });
  CLI::App* stop = group->add_subcommand("stop", "End it");
  stop->add_option("address", request.address, "The address")->required()->type_name("ADDRESS");
  add_socket_option(*stop, request.answer.socket);
  stop->callback([&] {
    status = change(request.answer.socket, "DELETE", kSolicitedPath, {{"address", request.address}});
  });
  CLI::App* all = group->add_subcommand("show", "List the addresses and what was dropped");
  add_answer_options(*all, request.answer);
  all->callback([&] { status = show(request.answer, kSolicitedPath, "addresses", kSolicitedColumns); });
}

}  // namespace

void add_guard_commands(CLI::App& app, SynProxyRequest& proxy, SolicitedOnlyRequest& solicited, int& status) {
  add_proxy_commands(app, proxy, status);
  add_solicited_commands(app, solicited, status);
}

}  // namespace vedette
