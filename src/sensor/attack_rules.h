// Answers floods that no block can, as their sources are forged or too many: by a rule of what their packets
// have in common (act/attack_signature.h), out of the packets told last.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "act/audit_trail.h"
#include "act/responder.h"
#include "detect/finding.h"
#include "policy/policy.h"
#include "sensor/evidence_ring.h"

namespace vedette {

// One thread: the one that adds to the ring.
class AttackRules {
 public:
  // As PolicyKeeper::arm.
  using Arm = std::function<Result<void>(Rule, Nanoseconds ttl, const Actor& by)>;
  // What was done about the finding of that id; `expires`: since the epoch.
  using Armed = std::function<void(const std::string& id, FindingAction action, Nanoseconds expires)>;

  // `ring` must outlive this. `note` gets a line for the log of each rule, and of each finding without one.
  AttackRules(const EvidenceRing& ring, Nanoseconds ttl, std::function<void(const std::string&)> note)
      : ring_(ring), ttl_(ttl), note_(std::move(note)) {}

  void arm_with(Arm arm) { arm_ = std::move(arm); }

  // A finding that was raised now, of a mode that asks for an answer, and has none. Those of other kinds than
  // floods, and of more than one host, are left alone. `now`: since the epoch.
  void consider(const Finding& finding, ResponseMode mode, Nanoseconds now);
  // Looks for rules of those that have none yet. To be called often.
  void go_on(Nanoseconds now, const Armed& armed);

 private:
  struct Case {
    Finding finding;
    bool observe = false;
    Nanoseconds begun{};
    Nanoseconds tried{};
    std::string why_not;
  };

  // Whether the case is done with.
  [[nodiscard]] bool try_to_arm(Case& one, Nanoseconds now, const Armed& armed);

  const EvidenceRing& ring_;
  Nanoseconds ttl_;
  std::function<void(const std::string&)> note_;
  Arm arm_;
  std::vector<Case> cases_;
  std::deque<std::string> armed_;  // the latest findings' ids: one that grows graver is raised again
};

}  // namespace vedette
