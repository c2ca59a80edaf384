// The whole command line of `vedette`: which commands there are, and how their ends become an exit status (0
// done, 1 failed while working, 2 wrong usage or unreadable input). Each command stands in a file of its own,
// `NAME_command.cpp`, that declares its options and does its work; here they are only put together.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/error.h"
#include "cli/analyse_command.h"
#include "cli/audit_command.h"
#include "cli/block_command.h"
#include "cli/capture_command.h"
#include "cli/doctor_command.h"
#include "cli/evidence_command.h"
#include "cli/feeds_command.h"
#include "cli/findings_command.h"
#include "cli/flows_command.h"
#include "cli/guard_command.h"
#include "cli/handshakes_command.h"
#include "cli/hooks_command.h"
#include "cli/interfaces_command.h"
#include "cli/policy_command.h"
#include "cli/query_command.h"
#include "cli/read_command.h"
#include "cli/replay_command.h"
#include "cli/stats_command.h"
#include "cli/top_command.h"
#include "cli/up_command.h"
#include "cli/watch_command.h"

namespace vedette {

// One thread.
class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Does what the arguments say; the exit status.
  [[nodiscard]] int run(int argc, const char* const* argv);

  // Every command and option, for completions and tests.
  [[nodiscard]] const CLI::App& app() const { return app_; }

 private:
  [[nodiscard]] Error wrong_usage(const CLI::ParseError& error) const;

  CLI::App app_;
  int status_ = 0;
  BlockRequest block_;
  BlockRequest allow_;
  BlockRequest unblock_;
  BlocksRequest blocks_;
  SynProxyRequest syn_proxy_;
  SolicitedOnlyRequest solicited_only_;
  FeedsRequest feeds_;
  AuditRequest audit_;
  HooksRequest hooks_;
  CaptureRequest capture_;
  DoctorRequest doctor_;
  EvidenceRequest evidence_;
  FindingsRequest findings_;
  FlowsRequest flows_;
  HandshakesRequest handshakes_;
  InterfacesRequest interfaces_;
  PolicyRequest policy_;
  HistoryRequest query_;
  AnalyseRequest analyse_;
  ReadRequest read_;
  ReplayRequest replay_;
  StatsRequest stats_;
  UpRequest up_;
  WatchRequest watch_;
  TopRequest top_;
  std::string shell_;
  bool ignored_ = false;
};

}  // namespace vedette
