// `vedette top`: the live view, on a terminal, or as one plain picture.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace vedette {

struct TopRequest {
  std::string socket;
  std::string filter;   // pcap-filter over flows
  double interval = 1;  // seconds between looks
  bool once = false;    // one picture on standard output
  bool no_color = false;
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive the parsing.
void add_top_command(CLI::App& app, TopRequest& request, int& status);

// Shows the sensor until somebody leaves; the exit status.
[[nodiscard]] int run_top(const TopRequest& request);

}  // namespace vedette
