// `vedette audit`: who changed what passes and drops.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace vedette {

struct AuditRequest {
  bool follow = false;  // goes on with what changes from now on
  AnswerOptions answer;
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive the parsing.
void add_audit_command(CLI::App& app, AuditRequest& request, int& status);

// Does what `request` says; the exit status.
[[nodiscard]] int run_audit(const AuditRequest& request);

}  // namespace vedette
