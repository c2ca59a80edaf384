// Findings of live traffic: hands the detectors what flows grow by, handshakes and ends, keeps what they
// raise for the API, and has each answered (act/responder.h).
//
// The detectors run behind the engine's lock; answers, which may ask the kernel for its sockets, don't.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "act/finding_hook.h"
#include "act/responder.h"
#include "detect/detection.h"
#include "flow/record_delta.h"
#include "sensor/attack_rules.h"
#include "sensor/backend.h"
#include "sensor/evidence.h"
#include "sensor/subscriber.h"
#include "store/store.h"

namespace vedette {

class LiveFindings {
 public:
  // `note` gets a line for the log of each answer.
  // Findings' news are put into `store`, unless it is null.
  LiveFindings(ResponseOptions options, EvidenceOptions evidence,
               std::function<void(const std::string&)> note, Store* store = nullptr);

  // Unusable where the evidence's folder is.
  [[nodiscard]] Result<void> open() { return evidence_.open(); }

  // From now on findings are answered. `lists` must outlive this.
  void respond_with(SourceLists& lists) { responder_ = std::make_unique<Responder>(lists, options_); }

  // From now on floods that no block answers are answered by rules, and so is what is to lose a port alone.
  void arm_with(const AttackRules::Arm& arm) {
    if (responder_) responder_->arm_with(arm);
    rules_.arm_with(arm);
  }

  // What answers floods of hosts that take only what they asked for (Defences::answer_by_state).
  using Defend = std::function<Response(const Finding&, ResponseMode, Nanoseconds now)>;
  void defend_by(Defend defend) { defend_ = std::move(defend); }

  // As Responder has it.
  void limit_blocks_by(Responder::Most most) {
    if (responder_) responder_->limit_by(std::move(most));
  }

  // From now on they are handed to hooks too, which must outlive this.
  void hand_to(const FindingHooks& hooks) { hooks_ = &hooks; }

  // And to subscribers, which must outlive this.
  void hand_to(std::span<const std::shared_ptr<Subscriber>> subscribers) { subscribers_ = subscribers; }

  // With the engine's lock held.
  void take(const RecordDelta& growth, const FlowTable::Place& place);
  void take(const HandshakeView& handshake) { detection_.add(handshake); }
  // A packet whose bytes the kernel told; what it adds to its flow was or will be taken as growth.
  void look(const Packet& packet, const FlowTable::Place& place) {
    evidence_.add(packet);
    detection_.look(packet, place);
  }
  void end(const FlowView& flow) { detection_.end(flow); }
  // From now on these are what feeds say.
  void use(std::shared_ptr<const IndicatorTable> indicators) { detection_.use(std::move(indicators)); }
  void advance(Nanoseconds now) { detection_.advance(now); }

  // Without it, on the engine's thread, as is look(): answers what was raised since the last call, and saves
  // its evidence. `now`: since the epoch.
  void answer(Nanoseconds now);

  // Any thread. What is found beside the packets' stream; it is answered as the others are.
  void take(const Finding& finding, FindingNews news) { told(finding, news); }

  // Any thread.
  [[nodiscard]] FindingPage page(const FindingQuery& query);
  [[nodiscard]] std::uint64_t raised() const { return raised_; }
  [[nodiscard]] FindingCounts counts() const;
  // Findings that aren't over.
  [[nodiscard]] std::size_t open_now();
  [[nodiscard]] EvidenceAnswer evidence(const std::string& id);
  [[nodiscard]] const Evidence& evidence() const { return evidence_; }
  [[nodiscard]] std::optional<EvidenceHealth> evidence_health() const { return evidence_.health(); }

 private:
  struct Kept {
    std::uint64_t number = 0;
    Finding finding;
  };

  void told(const Finding& finding, FindingNews news);
  void count(const Finding& finding);
  [[nodiscard]] Finding* kept(std::uint64_t number);
  void armed(const std::string& id, FindingAction action, Nanoseconds expires);

  ResponseOptions options_;
  std::function<void(const std::string&)> note_;
  std::unique_ptr<Responder> responder_;
  Defend defend_;
  Evidence evidence_;
  AttackRules rules_;
  const FindingHooks* hooks_ = nullptr;
  std::span<const std::shared_ptr<Subscriber>> subscribers_;
  Store* store_;
  mutable std::mutex mutex_;  // of what follows
  std::deque<Kept> kept_;
  std::map<std::string, std::uint64_t> numbers_;  // by id, of findings that aren't over
  std::vector<Kept> unanswered_;
  std::array<std::array<std::uint64_t, kSeverities>, kFindingKinds> raised_of_{};
  std::atomic<std::uint64_t> raised_ = 0;
  Detection detection_;  // tells the members before it
};

}  // namespace vedette
