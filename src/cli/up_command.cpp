#include "cli/up_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include "daemon/daemon_options.h"

namespace vedette {

namespace {

constexpr const char* kUsualStore = "/var/lib/vedette/store";

// The API's own path only where it isn't the one that every command looks at.
std::string socket_option(const DaemonOptions& options) {
  return options.socket == kDefaultSocket ? "" : fmt::format(" --socket {}", options.socket.native());
}

// What the gateway said, indented; nothing where there is none.
void say_gateway(const std::string& said) {
  for (std::size_t at = 0; at < said.size();) {
    const std::size_t end = std::min(said.find('\n', at), said.size());
    fmt::print("  {}\n", said.substr(at, end - at));
    at = end + 1;
  }
  if (!said.empty()) fmt::print("\n");
}

void say_where_to_look(const DaemonOptions& options, const std::vector<InterfaceStatus>& interfaces,
                       const std::string& gateway) {
  for (const InterfaceStatus& one : interfaces)
    fmt::print("watching {}: in by {}, out by {}\n", one.name, one.ingress, one.egress);
  const std::string socket = socket_option(options);
  fmt::print(
      "\n"
      "  vedette top{0}      the live view\n"
      "  vedette watch{0}    a line a packet\n"
      "  vedette flows{0}    who talks with whom\n"
      "  vedette query{0}    what was, by any field\n"
      "  curl --unix-socket {1} http://localhost/v1/stats\n"
      "\n",
      socket, options.socket.native());
  say_gateway(gateway);
  fmt::print("Ctrl-C ends it and takes everything out of the kernel; history stays.\n");
  std::fflush(stdout);
}

// The sensor lets in whom the gateway will run as.
void agree_on_user(UpRequest& request) {
  std::string& user = request.daemon.gateway_user;
  if (user.empty()) user = user_for_gateway(request.gateway.state);
  request.gateway.user = user;
  request.gateway.socket = std::filesystem::absolute(request.daemon.socket);
  request.gateway.log_form = request.daemon.log_form == LogForm::kJson ? "json" : "text";
}

int run_up(UpRequest& request) {
  request.daemon.usual_store = kUsualStore;
  std::optional<GatewayProcess> gateway;
  if (!request.no_gateway) agree_on_user(request);
  request.daemon.listening = [&] {
    if (request.no_gateway) return;
    auto started = GatewayProcess::start(request.gateway);
    if (started)
      gateway.emplace(std::move(*started));
    else
      fmt::print(stderr, "vedette: {}: the sensor is up without it\n", started.error().text());
  };
  request.daemon.ready = [&](const auto& interfaces) {
    say_where_to_look(request.daemon, interfaces, gateway ? gateway->said() : std::string());
  };
  return run_daemon(request.daemon);
}

void add_gateway_options(CLI::App& command, UpRequest& request) {
  command.add_flag("--no-gateway", request.no_gateway, "Start the sensor alone");
  command
      .add_option("--listen", request.gateway.listen,
                  "Where the gateway listens; may be given again (default: 127.0.0.1:8443)")
      ->type_name("ADDRESS:PORT");
  command.add_option("--gateway-state", request.gateway.state, "The gateway's state folder")
      ->type_name("PATH")
      ->capture_default_str();
  command.add_option("--web", request.gateway.web, "Folder of the web interface")->type_name("PATH");
}

}  // namespace

void add_up_command(CLI::App& app, UpRequest& request, int& status) {
  CLI::App* command =
      app.add_subcommand("up", "Run sensor, gateway and history in the foreground, and say where to look");
  add_daemon_options(*command, request.daemon);
  add_gateway_options(*command, request);
  command->callback([&request, &status] { status = run_up(request); });
}

}  // namespace vedette
