// The protocol policy in force: in the kernel what it can tell by a first payload, here what decoders alone
// tell. A flow that shows what is refused is entered in the kernel's table, which drops all of its packets
// from then on.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "act/protocol_count.h"
#include "base/error.h"
#include "base/units.h"
#include "handshake/handshake_tracker.h"
#include "kernel/protocol_programs.h"
#include "kernel/wall_clock.h"
#include "policy/protocol_entry.h"

namespace vedette {

// The time that its programs are told, and that handshakes have.
struct ProtocolClock {
  std::function<std::uint64_t()> now_ns = WallClock::monotonic_now_ns;
  std::function<Nanoseconds()> since_epoch = [] {
    return std::chrono::system_clock::now().time_since_epoch();
  };
};

// apply() and counts(): any thread. The rest: the engine's.
class ProtocolKeeper {
 public:
  // `decide_anew`: keeps one direction of a flow off the kernel's short way (FlowCache::decide_anew).
  // `programs` must outlive this. Fails where the kernel refuses the programs.
  [[nodiscard]] static Result<std::unique_ptr<ProtocolKeeper>> open(
      PacketPrograms& programs, std::function<void(const vdt_flow_key&)> decide_anew,
      ProtocolClock clock = {});

  // In place of all entries before, at once or not at all. An entry of the same name keeps its counters;
  // flows that one refused which is gone, or refuses something else now, are let go.
  [[nodiscard]] Result<void> apply(const std::vector<ProtocolEntry>& entries);

  // What a flow was found to speak.
  void take(const HandshakeView& handshake);
  // The same as far as its client alone has said it. True where it need not be told again before it is whole.
  bool take_early(const HandshakeView& handshake);
  // Whether that is of any use.
  [[nodiscard]] const std::atomic<bool>& wants_early() const { return wants_early_; }
  // Has the kernel ask once more about flows that were refused just now, as it may have written to their
  // records at the same time. A few times a second.
  void look_again();

  // In the policy's order.
  [[nodiscard]] std::vector<ProtocolCount> counts() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct InForce {
    ProtocolEntry entry;
    std::uint32_t counter = 0;
    Nanoseconds since{};  // since the epoch; what was said before isn't asked about
  };
  struct Refused {
    vdt_flow_key key;
    Clock::time_point when;
  };

  ProtocolKeeper(std::unique_ptr<ProtocolPrograms> programs,
                 std::function<void(const vdt_flow_key&)> decide_anew, ProtocolClock clock)
      : programs_(std::move(programs)), decide_anew_(std::move(decide_anew)), clock_(std::move(clock)) {}

  [[nodiscard]] Result<void> take_over();
  [[nodiscard]] std::vector<std::uint32_t> counters_for(const std::vector<ProtocolEntry>& entries);
  // Whether the entry refuses the same in place of `now`, and what is let pass before it is the same too.
  [[nodiscard]] bool goes_on(const InForce& one, const std::vector<ProtocolEntry>& entries,
                             std::vector<ProtocolEntry>::const_iterator now) const;
  void judge(const HandshakeView& handshake, bool early);
  void refuse(const vdt_flow_key& flow, Nanoseconds shown, const InForce& by);
  void ask_again(const vdt_flow_key& flow) const;

  std::unique_ptr<ProtocolPrograms> programs_;
  std::function<void(const vdt_flow_key&)> decide_anew_;
  ProtocolClock clock_;
  mutable std::mutex mutex_;
  std::vector<InForce> in_force_;
  bool taken_over_ = false;  // in_force_ has names alone, of a dead daemon's
  std::atomic<bool> wants_early_ = false;
  std::deque<Refused> refused_;  // lately
};

}  // namespace vedette
