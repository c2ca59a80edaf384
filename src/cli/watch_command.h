// `vedette watch [FILTER] [-c N]`: a line a packet, live. The filter is checked here and runs in the kernel.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/api_client.h"

namespace vedette {

struct WatchRequest {
  std::vector<std::string> filter;  // pcap-filter, its words; none: every packet
  std::uint64_t count = 0;          // packets after which to end; 0 = goes on until interrupted
  std::string format = "table";
  bool no_color = false;
  bool quiet = false;  // no summary on standard error
  std::string socket = kApiSocket;
};

// Declares the command; its exit status goes to `status` when it was called. Both outlive `app`.
void add_watch_command(CLI::App& app, WatchRequest& request, int& status);

// Writes to standard output until the count is reached, the sensor ends or Ctrl-C; the packets told and lost
// are summed up on standard error. The exit status.
[[nodiscard]] int run_watch(const WatchRequest& request);

}  // namespace vedette
