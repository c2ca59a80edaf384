// `vedette stats`: the sensor's counters, with every loss.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace vedette {

struct StatsRequest {
  AnswerOptions answer;
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive the parsing.
void add_stats_command(CLI::App& app, StatsRequest& request, int& status);

// Does what `request` says; the exit status.
[[nodiscard]] int run_stats(const StatsRequest& request);

}  // namespace vedette
