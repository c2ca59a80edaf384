// The sensor's options on a command line, the same for `vedetted` and `vedette up`.
#pragma once

#include <CLI/CLI.hpp>

#include "daemon/daemon.h"

namespace vedette {

// Adds them to `command`; `options` must outlive the parsing.
void add_daemon_options(CLI::App& command, DaemonOptions& options);

}  // namespace vedette
