// `vedette capture -w FILE [FILTER] [-c N]`: packets into a pcapng file, as the sensor writes them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/api_client.h"

namespace vedette {

struct CaptureRequest {
  std::string file;                 // "-": standard output
  std::vector<std::string> filter;  // pcap-filter, its words; none: every packet
  std::uint64_t count = 0;          // packets after which to end; 0 = goes on until interrupted
  std::uint32_t snaplen = 65535;    // bytes to keep of each packet
  bool quiet = false;               // no progress and no summary on standard error
  std::string socket = kApiSocket;
};

// Declares the command; its exit status goes to `status` when it was called. Both outlive `app`.
void add_capture_command(CLI::App& app, CaptureRequest& request, int& status);

// Until the count is reached, the sensor ends or Ctrl-C; what stands in the file is whole at every moment.
// The exit status.
[[nodiscard]] int run_capture(const CaptureRequest& request);

}  // namespace vedette
