// `vedette read FILE...`: packets, flows, handshakes or a summary from capture files, with no daemon and no
// privilege.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/record_output.h"

namespace vedette {

struct ReadRequest {
  std::vector<std::string> files;
  std::string show = "summary";
  std::string format = "table";
  std::string filter;
  std::optional<std::uint64_t> limit;
  std::string sort;
  std::vector<std::string> outdated;  // files with rules; a later one is asked before an earlier one
  std::vector<std::string> feeds;     // files of indicators, for findings
  std::vector<std::string> places;    // databases of countries and autonomous systems
  bool apps = false;                  // flows tell what they speak
  bool quiet = false;
};

// Declares the command; its exit status goes to `status` when it was called. Both outlive `app`.
void add_read_command(CLI::App& app, ReadRequest& request, int& status);

// Does what `request` says; gives the exit status. Results go to standard output, diagnostics to standard
// error.
[[nodiscard]] int run_read(const ReadRequest& request);

}  // namespace vedette
