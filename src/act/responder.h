// What is done about a finding: its source is put on the block-list for a time, to be counted alone or to be
// dropped, as the operator chose. Never done: to a source that isn't known or may be forged, to whom a block
// must not cut off (act/lock_out.h) or the allow-list holds, and beyond so many blocks at once.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "act/source_lists.h"
#include "detect/finding.h"

namespace vedette {

enum class ResponseMode { kOff, kObserve, kEnforce };

struct ResponseOptions {
  ResponseMode mode = ResponseMode::kOff;       // of kinds whose finding names an attacker
  std::map<FindingKind, ResponseMode> of_kind;  // of others, or of these otherwise
  Severity least = Severity::kMedium;           // of a finding that is answered
  Nanoseconds ttl =
      std::chrono::minutes(10);  // of a source's first block; four times the last one's from then on
  Nanoseconds longest =
      std::chrono::hours(24);  // block; after as long without a finding a source begins anew
  std::size_t most = 10'000;   // blocks at once
};

// "off", "observe", "enforce".
[[nodiscard]] std::optional<ResponseMode> response_mode(std::string_view name);

struct Response {
  FindingAction action = FindingAction::kNone;
  Nanoseconds expires{};  // since the epoch; 0: there is no end, or nothing was done
  std::string why_not;    // where the mode asked for more than was done
};

// One thread.
class Responder {
 public:
  // `lists` must outlive this.
  Responder(SourceLists& lists, ResponseOptions options) : lists_(lists), options_(std::move(options)) {}

  // `now`: since the epoch.
  [[nodiscard]] Response answer(const Finding& finding, Nanoseconds now);
  // Off also for findings that aren't severe enough.
  [[nodiscard]] ResponseMode mode_of(const Finding& finding) const;

 private:
  struct Offender {
    Nanoseconds ttl{};   // of its latest block
    Nanoseconds ends{};  // when that ends
  };

  [[nodiscard]] Nanoseconds ttl_for(const Prefix& source, Nanoseconds now);

  SourceLists& lists_;
  ResponseOptions options_;
  std::map<Prefix, Offender> offenders_;
  std::deque<Nanoseconds> ends_;  // of blocks of ours that may still hold
};

}  // namespace vedette
