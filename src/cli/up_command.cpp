#include "cli/up_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "daemon/daemon_options.h"

namespace vedette {

namespace {

// The API's own path only where it isn't the one that every command looks at.
std::string socket_option(const DaemonOptions& options) {
  return options.socket == kDefaultSocket ? "" : fmt::format(" --socket {}", options.socket.native());
}

void say_where_to_look(const DaemonOptions& options, const std::vector<InterfaceStatus>& interfaces) {
  for (const InterfaceStatus& one : interfaces)
    fmt::print("watching {}: in by {}, out by {}\n", one.name, one.ingress, one.egress);
  const std::string socket = socket_option(options);
  fmt::print(
      "\n"
      "  vedette top{0}      the live view\n"
      "  vedette watch{0}    a line a packet\n"
      "  vedette flows{0}    who talks with whom\n"
      "  curl --unix-socket {1} http://localhost/v1/stats\n"
      "\n"
      "Ctrl-C ends it and leaves nothing behind.\n",
      socket, options.socket.native());
  std::fflush(stdout);
}

}  // namespace

void add_up_command(CLI::App& app, UpRequest& request, int& status) {
  CLI::App* command = app.add_subcommand("up", "Run the sensor in the foreground, and say where to look");
  add_daemon_options(*command, request.daemon);
  command->callback([&request, &status] {
    request.daemon.ready = [&request](const auto& interfaces) {
      say_where_to_look(request.daemon, interfaces);
    };
    status = run_daemon(request.daemon);
  });
}

}  // namespace vedette
