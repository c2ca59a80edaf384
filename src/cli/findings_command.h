// `vedette findings`: what the sensor's detectors raised, and what was done about it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"

namespace vedette {

struct FindingsRequest {
  std::string kind;      // empty: all
  std::string severity;  // or above; empty: all
  bool follow = false;   // goes on with those that come
  AnswerOptions answer;
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive the parsing.
void add_findings_command(CLI::App& app, FindingsRequest& request, int& status);

// Does what `request` says; the exit status.
[[nodiscard]] int run_findings(const FindingsRequest& request);

}  // namespace vedette
