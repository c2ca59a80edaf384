// Answers floods that no block can, as their sources are forged or too many: by a rule of what their packets
// have in common (act/attack_signature.h), out of the packets told last; where there is nothing, by a limit
// for each source (act/flood_limit.h).
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "act/attack_signature.h"
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

  // `ring` must outlive this. Of a finding the first rule lasts `ttl`, and what follows it four times as long
  // as the one before, `longest` at most. `note` gets a line for the log of each rule, and of each finding
  // without one.
  AttackRules(const EvidenceRing& ring, Nanoseconds ttl, Nanoseconds longest,
              std::function<void(const std::string&)> note)
      : ring_(ring), ttl_(ttl), longest_(longest), note_(std::move(note)) {}

  void arm_with(Arm arm) { arm_ = std::move(arm); }

  // A finding that was raised now, or goes on after its rule's end, of a mode that asks for an answer, and
  // has none. Those of other kinds than floods, and of more than one host, are left alone. `now`: since the
  // epoch.
  void consider(const Finding& finding, ResponseMode mode, Nanoseconds now);
  // Looks for rules of those that have none yet. To be called often.
  void go_on(Nanoseconds now, const Armed& armed);

 private:
  struct Case {
    Finding finding;
    bool observe = false;
    Nanoseconds begun{};
    Nanoseconds tried{};
    Nanoseconds ttl{};  // of its rules
    bool limited = false;
    std::optional<Rule> before;  // that answered it until its end
    std::string why_not;
  };
  // What a finding's latest rule was.
  struct Known {
    std::string id;
    Nanoseconds ttl{};
    Nanoseconds ends{};
    std::optional<Rule> rule;  // of a signature
  };
  struct Samples {
    std::vector<SampledPacket> attack, clean;
  };

  [[nodiscard]] Samples samples_of(const Finding& finding) const;
  // Whether the case is done with.
  [[nodiscard]] bool try_to_arm(Case& one, Nanoseconds now, const Armed& armed);
  // The rule that it had before, where that still takes it: of the clean packets that proved it, none may be
  // left.
  [[nodiscard]] bool arm_again(Case& one, const Samples& samples, Nanoseconds now, const Armed& armed);
  [[nodiscard]] bool arm_signature(Case& one, const Samples& samples, Nanoseconds now, const Armed& armed);
  void arm_limit(Case& one, const Samples& samples, Nanoseconds now, const Armed& armed);
  // Why not; empty where it was armed, and noted.
  [[nodiscard]] std::string arm(const Rule& rule, const std::string& id, Nanoseconds ttl);
  [[nodiscard]] bool arm_drop(Case& one, Rule rule, Nanoseconds now, const Armed& armed);
  void know(Known known);

  const EvidenceRing& ring_;
  Nanoseconds ttl_, longest_;
  std::function<void(const std::string&)> note_;
  Arm arm_;
  std::vector<Case> cases_;
  std::deque<Known> known_;  // the latest findings': one that grows graver is raised again
};

}  // namespace vedette
