// `vedette replay --policy P FILE...`: what a policy would have done to the packets of capture files, said by
// the kernel's programs; and by --diff what another policy would do otherwise.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace vedette {

struct ReplayRequest {
  std::vector<std::string> files;
  std::string policy;
  std::string other;  // of --diff; empty: none
  std::string format = "table";
  std::string filter;
  std::vector<std::string> places;  // databases of countries and autonomous systems
  std::uint64_t limit = 3;
  bool exit_code = false;
  bool quiet = false;
};

// Declares the command; its exit status goes to `status` when it was called. Both outlive `app`.
void add_replay_command(CLI::App& app, ReplayRequest& request, int& status);

}  // namespace vedette
