// What is done about a finding: its source is put on the block-list for a time, or kept from the attacked
// port by a rule that ends, to be counted alone or to be dropped, as the operator chose. Never done: to a
// source that isn't known or may be forged, to whom a block must not cut off (act/lock_out.h) or the
// allow-list holds, and beyond so many blocks at once.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "act/audit_trail.h"
#include "act/source_lists.h"
#include "detect/finding.h"
#include "policy/policy.h"

namespace vedette {

// The last two take the attacked port of the attacked host from the source, and no more; where a finding
// names none, they are as the two before.
enum class ResponseMode { kOff, kObserve, kEnforce, kObservePort, kEnforcePort };

// Whether it only counts what it would do.
[[nodiscard]] constexpr bool observes(ResponseMode mode) {
  return mode == ResponseMode::kObserve || mode == ResponseMode::kObservePort;
}

struct ResponseOptions {
  ResponseMode mode = ResponseMode::kOff;       // of kinds whose finding names an attacker
  std::map<FindingKind, ResponseMode> of_kind;  // of others, or of these otherwise
  std::map<std::string, ResponseMode, std::less<>>
      of_detector;                     // goes before both; names of known_detectors()
  Severity least = Severity::kMedium;  // of a finding that is answered
  Nanoseconds ttl =
      std::chrono::minutes(10);  // of a source's first block; four times the last one's from then on
  Nanoseconds longest =
      std::chrono::hours(24);  // block; after as long without a finding a source begins anew
};

// Whether anything is done about any finding.
[[nodiscard]] bool responds(const ResponseOptions& options);

// MODE for all kinds that name an attacker, KIND=MODE for one kind, DETECTOR=MODE or detector:DETECTOR=MODE
// for what one detector finds, where a kind has its name too. Unusable, with the near names, where there is
// no such one.
[[nodiscard]] Result<void> take_response(ResponseOptions& options, std::string_view text);

// "off", "observe", "enforce", "observe-port", "enforce-port".
[[nodiscard]] std::optional<ResponseMode> response_mode(std::string_view name);

struct Response {
  FindingAction action = FindingAction::kNone;
  Nanoseconds expires{};  // since the epoch; 0: there is no end, or nothing was done
  std::string why_not;    // where the mode asked for more than was done
};

// One thread.
class Responder {
 public:
  // As PolicyKeeper::arm.
  using Arm = std::function<Result<void>(Rule, Nanoseconds ttl, const Actor& by)>;

  // Blocks at once; asked before each.
  using Most = std::function<std::size_t()>;

  // `lists` must outlive this.
  Responder(SourceLists& lists, ResponseOptions options) : lists_(lists), options_(std::move(options)) {}

  // Without it ports are kept from nobody.
  void arm_with(Arm arm) { arm_ = std::move(arm); }

  // Without it there are kMostBlocks.
  void limit_by(Most most) { most_ = std::move(most); }

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
  [[nodiscard]] Response keep_from_port(const Finding& finding, bool observe, Nanoseconds now);

  SourceLists& lists_;
  Arm arm_;
  Most most_ = [] { return std::size_t{kMostBlocks}; };
  ResponseOptions options_;
  std::map<Prefix, Offender> offenders_;
  std::deque<Nanoseconds> ends_;              // of blocks of ours that may still hold
  std::map<std::string, Nanoseconds> armed_;  // by finding: a rule's end
};

}  // namespace vedette
