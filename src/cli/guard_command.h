// `vedette syn-proxy` and `vedette solicited-only`: begin, end and show what the guard does.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"

namespace vedette {

struct SynProxyRequest {
  AnswerOptions answer;
  std::uint32_t port = 0;
  std::string mode;
  std::string method;
  std::vector<std::string> addresses;
};

struct SolicitedOnlyRequest {
  AnswerOptions answer;
  std::string address;
  std::vector<std::uint32_t> ports;
  bool tcp = false;
  bool observe = false;
};

// The requests and `status`, which becomes the exit status of the one that ran, must outlive the parsing.
void add_guard_commands(CLI::App& app, SynProxyRequest& proxy, SolicitedOnlyRequest& solicited, int& status);

}  // namespace vedette
