// What `vedette replay` prints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "cli/record_output.h"
#include "replay/dry_run.h"
#include "replay/replay_clock.h"
#include "replay/replay_difference.h"
#include "replay/replay_tally.h"

namespace vedette {

// `before` and `difference` are there where two policies are compared.
struct ReplayReport {
  DryRun& run;
  ReplayTally& tally;
  const ReplayClock& clock;
  DryRun* before = nullptr;
  ReplayDifference* difference = nullptr;
  std::uint64_t files = 0;
  std::size_t most = 0;  // sources of a rule; sources, flows and packets of a change
};

// To standard output, as JSON or CSV: a line for each rule, entry and change, then the sums. Fails where it
// takes no more.
[[nodiscard]] Result<void> write_report(ReplayReport& report, OutputFormat format);

// The same for people, with the sources below each rule.
[[nodiscard]] std::string report_text(ReplayReport& report);

}  // namespace vedette
