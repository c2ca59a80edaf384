// `vedette hooks`: what the programs and URLs that findings are handed to were told, and what not.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace vedette {

struct HooksRequest {
  AnswerOptions answer;
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive the parsing.
void add_hooks_command(CLI::App& app, HooksRequest& request, int& status);

// Does what `request` says; the exit status.
[[nodiscard]] int run_hooks(const HooksRequest& request);

}  // namespace vedette
