// `vedette up`: the sensor in the foreground, until Ctrl-C. The same daemon as vedetted, begun by hand.
#pragma once

#include <CLI/CLI.hpp>

#include "daemon/daemon.h"

namespace vedette {

struct UpRequest {
  DaemonOptions daemon;
};

// Declares the command; its exit status goes to `status` when it was called. Both outlive `app`.
void add_up_command(CLI::App& app, UpRequest& request, int& status);

}  // namespace vedette
