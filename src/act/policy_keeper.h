// The policy in force: put in place of the one before as a whole, on trial where the operator wants it, and
// back again where he doesn't confirm it in time or asks for it. The kernel decides by it; here it is only
// told what to.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "act/audit_trail.h"
#include "act/policy_state.h"
#include "act/source_lists.h"
#include "base/error.h"
#include "base/units.h"
#include "geo/geo_database.h"
#include "policy/policy.h"
#include "policy/policy_explain.h"

namespace vedette {

struct PolicyOrder {
  std::string text;                    // a policy.yaml
  std::string file = "policy";         // what errors call it
  std::optional<Nanoseconds> confirm;  // from now on; nothing: for good
  bool force = false;                  // also where it cuts off an untouchable
  std::vector<KeptPeer> sessions;      // whoever asks, where that is known: untouchable too
  Actor by;
};

// What the keeper works on; all of it outlives it.
struct PolicyKeeperOptions {
  SourceLists& lists;
  // What puts rules into force in place of all others, at once or not at all; fails where they can't be.
  std::function<Result<std::function<Result<void>()>>(const std::vector<Rule>&)> prepare_rules;
  // Puts the protocol policy into force in place of the one before, at once or not at all.
  std::function<Result<void>(const std::vector<ProtocolEntry>&)> put_protocols;
  const GeoDatabases& places;        // that rules' countries and autonomous systems are looked up in
  std::filesystem::path state_file;  // empty: a daemon that comes after this one knows no policy
  std::function<void(const std::string&)> note;  // a line for the log
  AuditTrail* audit = nullptr;                   // gets each change; null: nobody does
};

// Any thread.
class PolicyKeeper {
 public:
  explicit PolicyKeeper(PolicyKeeperOptions options) : options_(std::move(options)) {}

  // What the kernel has of a dead daemon's.
  struct TakenOver {
    bool programs = false;
    bool policy = false;  // rules, or entries that are a policy's
  };
  // At the daemon's start. Where a policy was taken over, it goes on, as the state tells it; else `file` is
  // put into force, or, where that is none, what the state tells.
  [[nodiscard]] Result<void> begin(const TakenOver& taken, const std::optional<PolicyOrder>& file);

  // Unusable where the policy has flaws, cuts off an untouchable and isn't forced, or asks for what the
  // kernel can't do; whenever it fails, the one before is in force still. A policy on trial that this one
  // replaces counts as never having been.
  [[nodiscard]] Result<void> apply(const PolicyOrder& order);
  // Unusable where no policy is on trial.
  [[nodiscard]] Result<void> confirm(const Actor& by = {});
  // Unusable where there is none before.
  [[nodiscard]] Result<void> roll_back(const Actor& by = {});
  // Counts, beside the policy in force, what this one would do to what the lists in force let in; in place of
  // the one that did before, until it is applied. Unusable where it has flaws, or where both are too much for
  // the kernel's tables. A policy or armed rule that comes later and finds no room beside it ends it.
  [[nodiscard]] Result<void> begin_shadow(const PolicyOrder& order);
  // Unusable where there is none.
  [[nodiscard]] Result<void> end_shadow(const Actor& by = {});

  // Rolls back what wasn't confirmed in time, and ends armed rules. To be called a few times a second.
  void tick();

  // A rule found by itself, of whatever policy is in force: it stands behind that one's, and ends after so
  // long, also where no daemon runs by then; a successor that knows the state goes on with it. Unusable where
  // it would cut off an untouchable; busy where kMostArmed are in force.
  static constexpr std::size_t kMostArmed = 64;
  [[nodiscard]] Result<void> arm(Rule rule, Nanoseconds ttl, const Actor& by);

  [[nodiscard]] PolicyState state() const;
  // TCP ports of the address that the policy in force lets others in to, as served_tcp_ports().
  [[nodiscard]] std::optional<std::vector<std::uint16_t>> served_ports(const Prefix& address,
                                                                       std::size_t most) const;
  // Sources that findings may block at once, as the policy in force says. Waits for nobody.
  [[nodiscard]] std::size_t most_blocks() const { return most_blocks_; }

 private:
  using Clock = std::chrono::steady_clock;

  // With the armed rules.
  [[nodiscard]] Result<void> keep(PolicyState state) const;
  // Without a look at whom it cuts off. With the shadow, where there is room for it; else that ends.
  [[nodiscard]] Result<void> put(const Policy& policy, Nanoseconds applied);
  [[nodiscard]] Result<void> put_beside(const Policy& shadow, const Policy& policy, Nanoseconds applied);
  [[nodiscard]] Result<Policy> running() const;
  void widen_protocols(const std::vector<ProtocolEntry>& next);
  [[nodiscard]] Result<void> put_running();
  [[nodiscard]] Result<void> go_back();
  // With its rules' places as networks.
  [[nodiscard]] Result<Policy> understood(const std::string& text, const std::string& file) const;
  [[nodiscard]] Result<Policy> usable(const PolicyOrder& order) const;
  void record(std::string_view what, const Actor& by) const;
  void record(std::string_view what, const Actor& by, const std::optional<std::string>& text) const;
  // In the state too, but not in what is kept of it.
  void forget_shadow();
  void adopt_armed(const KeptRule& kept);
  void adopt_state();
  void end_armed();
  void set_state(PolicyState state);

  PolicyKeeperOptions options_;
  mutable std::mutex mutex_;
  PolicyState state_;  // but for the armed rules
  std::vector<Rule> armed_;
  Policy shadow_;                         // as shadow_of() makes it
  std::vector<ProtocolEntry> protocols_;  // in force; of a dead daemon's nothing is known
  std::atomic<std::size_t> most_blocks_ = kMostBlocks;
  bool unknown_ = false;                       // what the kernel has of a dead daemon's is known to no state
  std::optional<Clock::time_point> deadline_;  // of the policy on trial: no change of the wall clock moves it
};

}  // namespace vedette
