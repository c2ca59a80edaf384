// `vedette handshakes [FILTER] [-c N]`: what live flows' first bytes say, a line each, as they come.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/api_client.h"

namespace vedette {

struct HandshakesRequest {
  std::vector<std::string> filter;  // pcap-filter over the flows' addresses, ports and protocol, its words
  std::uint64_t count = 0;          // handshakes after which to end; 0 = goes on until interrupted
  std::string format = "table";
  bool quiet = false;  // no summary on standard error
  std::string socket = kApiSocket;
};

// Declares the command; its exit status goes to `status` when it was called. Both outlive `app`.
void add_handshakes_command(CLI::App& app, HandshakesRequest& request, int& status);

// Writes to standard output until the count is reached, the sensor ends or Ctrl-C; the handshakes told and
// lost are summed up on standard error. The exit status.
[[nodiscard]] int run_handshakes(const HandshakesRequest& request);

}  // namespace vedette
