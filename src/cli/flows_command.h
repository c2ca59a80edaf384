// `vedette flows`: the sensor's flow table, a flow a row; and of a span of time the flows that are stored.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "cli/command.h"

namespace vedette {

struct FlowsRequest {
  AnswerOptions answer;
  std::string filter;  // pcap-filter, over the flows' own tuples
  std::string sort = "-bytes";
  std::uint64_t limit = 0;     // flows; 0 = all of them
  std::string last, from, to;  // any of them: of history
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive the parsing.
void add_flows_command(CLI::App& app, FlowsRequest& request, int& status);

// Does what `request` says; the exit status.
[[nodiscard]] int run_flows(const FlowsRequest& request);

}  // namespace vedette
