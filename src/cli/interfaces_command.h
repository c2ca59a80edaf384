// `vedette interfaces`: where the sensor is attached, how, and what came through.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace vedette {

struct InterfacesRequest {
  AnswerOptions answer;
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive the parsing.
void add_interfaces_command(CLI::App& app, InterfacesRequest& request, int& status);

// Does what `request` says; the exit status.
[[nodiscard]] int run_interfaces(const InterfacesRequest& request);

}  // namespace vedette
