// `vedette up`: the sensor in the foreground, and the gateway beside it, until Ctrl-C. The same as vedetted
// and vedette-gateway, begun by hand.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/gateway_process.h"
#include "daemon/daemon.h"

namespace vedette {

struct UpRequest {
  DaemonOptions daemon;
  GatewayWanted gateway;
  bool no_gateway = false;
};

// Declares the command; its exit status goes to `status` when it was called. Both outlive `app`.
void add_up_command(CLI::App& app, UpRequest& request, int& status);

}  // namespace vedette
