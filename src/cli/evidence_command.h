// `vedette evidence ID -w FILE`: the packets that prove a finding, as a pcapng file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/api_client.h"

namespace vedette {

struct EvidenceRequest {
  std::string id;    // a finding's
  std::string file;  // "-": standard output
  std::string socket = kApiSocket;
};

// Declares the command; its exit status goes to `status` when it was called. Both outlive `app`.
void add_evidence_command(CLI::App& app, EvidenceRequest& request, int& status);

// Does what `request` says; the exit status.
[[nodiscard]] int run_evidence(const EvidenceRequest& request);

}  // namespace vedette
