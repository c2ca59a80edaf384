// `vedette feeds`: what each feed has, when it was read, and what it has hit.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace vedette {

struct FeedsRequest {
  AnswerOptions answer;
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive the parsing.
void add_feeds_command(CLI::App& app, FeedsRequest& request, int& status);

// Does what `request` says; the exit status.
[[nodiscard]] int run_feeds(const FeedsRequest& request);

}  // namespace vedette
