// What the gateway is told on its command line.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/log.h"

namespace vedette {

struct GatewayOptions {
  std::vector<std::string> listen{"127.0.0.1:8443"};
  std::filesystem::path socket = "/run/vedette/api.sock";
  std::filesystem::path state = "/var/lib/vedette-gateway";
  std::filesystem::path web;  // empty: where the package has them, or the page that is built in
  std::string certificate;    // a file; empty: the gateway's own
  std::string key;
  std::string user;  // to become, from root; empty: "vedette-gateway"
  std::size_t connections = 1024;
  std::size_t connections_a_client = 64;
  bool end_with_input = false;  // when standard input does
  LogForm log_form = LogForm::kText;
  LogLevel log_level = LogLevel::kInfo;
};

// Adds them to `command`; `options` must outlive the parsing.
void add_gateway_options(CLI::App& command, GatewayOptions& options);

}  // namespace vedette
