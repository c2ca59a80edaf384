// First contacts out of flows: whom each flow's initiator asked, and whether an answer came. Only a packet
// that asks makes a contact, so that hosts which answer scans (RST, SYN/ACK, ICMP errors, echo replies) are
// never their source. Where a capture holds one direction alone, an initiator that goes on behind its SYN
// was answered.
//
// Bounded: the latest kMostWaiting contacts are waited for; the oldest is dropped, unjudged, for a new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <unordered_map>
#include <utility>

#include "detect/contact.h"
#include "detect/detector.h"

namespace vedette {

class ContactTracker {
 public:
  using Sink = std::function<void(const Contact&)>;

  explicit ContactTracker(Sink sink) : sink_(std::move(sink)), seed_(std::random_device{}()) {}

  void take(const FlowStep& step);
  // Echo requests: their type says that they ask.
  void look(const FlowStep& step);
  // ICMP errors: what they quote is refused.
  void take(const Packet& packet);
  // Where the input ends, unanswered is what had longer to be answered than any answer seen took.
  void end(const FlowView& flow);
  void tick(Nanoseconds now);

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t memory() const;

 private:
  // RFC 6298 (2.1): until a round trip is known, a sender waits so long for an answer.
  static constexpr Nanoseconds kAnswersWithin = std::chrono::seconds(1);
  static constexpr std::size_t kMostWaiting = 65'536;

  using Waiting = std::unordered_map<std::uint64_t, Contact>;  // by the hash of both ends

  void begin(const FlowStep& step, Technique technique);
  void take_answer(const FlowStep& step);
  void take_more(const FlowStep& step);
  void take_end(const FlowStep& step);
  void judge(Waiting::iterator contact, Outcome outcome, Nanoseconds now);
  [[nodiscard]] std::uint64_t hash_of(const vdt_flow_key& key) const;

  Sink sink_;
  std::uint64_t seed_;
  Waiting waiting_;
  std::deque<std::pair<std::uint64_t, Nanoseconds>>
      queue_;              // those waiting, and others until their time is over
  Nanoseconds now_{};      // of the latest packet
  Nanoseconds slowest_{};  // answer that came in time
};

}  // namespace vedette
