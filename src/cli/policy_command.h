// `vedette policy check|diff|apply|confirm|rollback|show|rules|shadow`: the policy's file, and the policy in
// force.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "cli/command.h"

namespace vedette {

struct PolicyRequest {
  std::string file;
  std::string other;          // of `diff`: a file, "running" or "shadow"
  std::string format;         // text or json; of show yaml or json
  std::uint64_t confirm = 0;  // seconds; 0: in force for good
  bool observe = false;
  bool end = false;
  bool shadow = false;
  bool force = false;
  std::string socket;
  AnswerOptions rules;
};

// Declares the command and those below it; its exit status goes to `status` when one was called. `request`
// outlives the parsing.
void add_policy_command(CLI::App& app, PolicyRequest& request, int& status);

}  // namespace vedette
