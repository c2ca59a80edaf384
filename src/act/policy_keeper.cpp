#include "act/policy_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "act/lock_out.h"
#include "act/rule_places.h"
#include "kernel/wall_clock.h"
#include "policy/policy_file.h"
#include "policy/policy_text.h"
#include "policy/served_ports.h"

namespace vedette {

namespace {

Nanoseconds wall_clock_now() {
  return std::chrono::system_clock::now().time_since_epoch();
}

Nanoseconds monotonic_now() {
  return Nanoseconds(static_cast<std::int64_t>(WallClock::monotonic_now_ns()));
}

void add_entries(const std::vector<PolicySource>& sources, ListKind kind, Nanoseconds applied,
                 std::vector<ListChange>& entries) {
  const Nanoseconds age = std::max(wall_clock_now() - applied, Nanoseconds(0));
  for (const PolicySource& source : sources) {
    const Nanoseconds left = source.ttl.value_or(Nanoseconds::max()) - age;
    if (left <= Nanoseconds(0)) continue;
    ListChange& entry = entries.emplace_back();
    entry.kind = kind;
    entry.prefix = source.prefix;
    entry.reason = source.reason;
    entry.observe = source.observe;
    if (source.ttl) entry.ttl = left;
  }
}

Result<void> refuse_cut_off(const Policy& policy, const PolicyOrder& order) {
  std::vector<KeptPeer> kept = kept_peers();
  kept.insert(kept.begin(), order.sessions.begin(), order.sessions.end());
  const std::vector<PolicyNote> cut = cut_off(policy, kept);
  if (cut.empty()) return {};
  std::string all;
  for (const PolicyNote& note : cut)
    all += fmt::format("{}line {}: {} {}", all.empty() ? "" : "; ", note.line, note.name, note.text);
  return unusable(order.file, std::move(all), "--force applies it all the same");
}

}  // namespace

Result<Policy> PolicyKeeper::understood(const std::string& text, const std::string& file) const {
  auto policy = read_policy(text, file);
  if (!policy) return policy;
  std::vector<std::string> notes;
  if (auto expanded = expand_places(*policy, options_.places, notes); !expanded) {
    Error error = expanded.error();
    error.where = file + ": " + error.where;
    return std::unexpected(std::move(error));
  }
  for (const std::string& note : notes) options_.note(note);
  return policy;
}

Result<Policy> PolicyKeeper::usable(const PolicyOrder& order) const {
  auto policy = understood(order.text, order.file);
  if (!policy) return policy;
  if (!order.force)
    if (auto safe = refuse_cut_off(*policy, order); !safe) return std::unexpected(safe.error());
  return policy;
}

Result<void> PolicyKeeper::keep(PolicyState state) const {
  if (options_.state_file.empty()) return {};
  for (const Rule& rule : armed_) {
    Policy alone;
    alone.rules = {rule};
    state.armed.push_back({policy_text(alone), wall_clock_now() + (rule.until - monotonic_now())});
  }
  return keep_policy_state(options_.state_file, state);
}

Result<void> PolicyKeeper::put(const Policy& policy, Nanoseconds applied) {
  auto done = put_beside(shadow_, policy, applied);
  if (done || !state_.shadow) return done;
  options_.note("policy: the shadow ends, for what is in force now: " + done.error().text());
  forget_shadow();
  if (auto kept = keep(state_); !kept) options_.note(kept.error().text());
  return put_beside({}, policy, applied);
}

Result<void> PolicyKeeper::put_beside(const Policy& shadow, const Policy& policy, Nanoseconds applied) {
  std::vector<ListChange> entries;
  add_entries(policy.allow, ListKind::kAllow, applied, entries);
  add_entries(policy.block, ListKind::kBlock, applied, entries);
  std::vector<Rule> rules = shadow.rules;
  rules.insert(rules.end(), policy.rules.begin(), policy.rules.end());
  rules.insert(rules.end(), armed_.begin(), armed_.end());
  std::vector<ProtocolEntry> protocols = shadow.protocols;
  protocols.insert(protocols.end(), policy.protocols.begin(), policy.protocols.end());
  const auto put_rules = options_.prepare_rules(rules);
  if (!put_rules) return std::unexpected(put_rules.error());
  // The rules change while the lists and the protocol policy hold both policies' entries: so each packet is
  // decided on as one of both policies says.
  if (auto widened = options_.lists.add_policy(entries); !widened) return widened;
  widen_protocols(protocols);
  if (auto put = (*put_rules)(); !put) return put;
  if (auto put = options_.put_protocols(protocols); !put) return put;
  protocols_ = std::move(protocols);
  most_blocks_ = policy.response.most_blocks.value_or(kMostBlocks);
  return options_.lists.end_former_policy();
}

// To what either policy refuses. Where both don't fit, rules and protocols change one after the other.
void PolicyKeeper::widen_protocols(const std::vector<ProtocolEntry>& next) {
  if (next == protocols_) return;
  std::vector<ProtocolEntry> both = protocols_;
  both.insert(both.end(), next.begin(), next.end());
  (void)options_.put_protocols(both);
}

Result<Policy> PolicyKeeper::running() const {
  return state_.running ? understood(*state_.running, "policy") : Policy();
}

Result<void> PolicyKeeper::put_running() {
  const auto policy = running();
  if (!policy) return std::unexpected(policy.error());
  return put(*policy, state_.applied);
}

void PolicyKeeper::set_state(PolicyState state) {
  state_ = std::move(state);
  deadline_.reset();
  if (state_.confirm_until)
    deadline_ =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(*state_.confirm_until - wall_clock_now());
}

// With the policy that is in force now.
void PolicyKeeper::record(std::string_view what, const Actor& by) const {
  record(what, by, state_.running);
}

void PolicyKeeper::record(std::string_view what, const Actor& by,
                          const std::optional<std::string>& text) const {
  if (!options_.audit) return;
  options_.audit->record(what, by, [&](JsonWriter& json) {
    const auto policy = read_policy(text.value_or(""), "policy");
    if (text && policy) {
      json.field("rules", policy->rules.size());
      json.field("allowed", policy->allow.size());
      json.field("blocked", policy->block.size());
    }
    if (state_.confirm_until) json.field("confirm_until_ns", state_.confirm_until->count());
  });
}

void PolicyKeeper::adopt_armed(const KeptRule& kept) {
  const Nanoseconds left = kept.until - wall_clock_now();
  if (left <= Nanoseconds(0)) return;
  auto policy = read_policy(kept.text, options_.state_file.string());
  if (!policy) return options_.note(policy.error().text());
  for (Rule& rule : policy->rules) {
    rule.until = monotonic_now() + left;
    armed_.push_back(std::move(rule));
  }
}

void PolicyKeeper::adopt_state() {
  if (options_.state_file.empty()) return;
  auto kept = kept_policy_state(options_.state_file);
  if (kept) {
    for (const KeptRule& one : std::exchange(kept->armed, {})) adopt_armed(one);
    if (kept->shadow) {
      if (const auto shadow = understood(*kept->shadow, "the shadow policy"))
        shadow_ = shadow_of(*shadow);
      else
        options_.note(shadow.error().text());
    }
    return set_state(std::move(*kept));
  }
  options_.note(kept.error().text());
  std::error_code ignored;
  std::filesystem::rename(options_.state_file, options_.state_file.string() + ".unusable", ignored);
}

Result<void> PolicyKeeper::begin(const TakenOver& taken, const std::optional<PolicyOrder>& file) {
  {
    const std::lock_guard lock(mutex_);
    adopt_state();
    const bool known = state_.applied != Nanoseconds(0) || state_.shadow;
    unknown_ = taken.policy && !known;
    if (unknown_) {
      forget_shadow();
      armed_.clear();  // they end in the kernel
      return {};
    }
    // Of a dead daemon's armed rules, those that no state tells go.
    if (!file && !known) return taken.programs || !armed_.empty() ? put_running() : Result<void>();
    if ((taken.programs && known) || !file) {
      if (deadline_ && Clock::now() >= *deadline_) {
        options_.note("policy: rolled back, as it wasn't confirmed in time");
        auto back = go_back();
        record("policy_rolled_back", {.kind = ActorKind::kTime});
        return back;
      }
      // Also what the kernel has: a daemon that was killed while it put a policy in place left a part of it.
      return put_running();
    }
  }
  return apply(*file);
}

Result<void> PolicyKeeper::apply(const PolicyOrder& order) {
  const std::lock_guard lock(mutex_);
  const auto policy = usable(order);
  if (!policy) return std::unexpected(policy.error());
  PolicyState next;
  next.running = order.text;
  next.applied = wall_clock_now();
  next.previous = state_.confirm_until ? state_.previous : state_.running.value_or("");
  if (order.confirm) next.confirm_until = next.applied + *order.confirm;
  const bool was_shadow = state_.shadow == order.text;
  if (!was_shadow) {
    next.shadow = state_.shadow;
    next.shadowed = state_.shadowed;
  }
  // Before the kernel has it: who is killed in between leaves a successor that knows what to roll back to.
  if (auto kept = keep(next); !kept) return kept;
  PolicyState before = std::exchange(state_, std::move(next));
  const Policy shadow_before = shadow_;
  if (was_shadow) shadow_ = {};
  if (auto put = this->put(*policy, state_.applied); !put) {
    state_ = std::move(before);
    shadow_ = shadow_before;
    if (auto kept = keep(state_); !kept) options_.note(kept.error().text());
    if (auto again = put_running(); !again) options_.note(again.error().text());
    return put;
  }
  set_state(std::exchange(state_, {}));
  unknown_ = false;
  record("policy_applied", order.by);
  options_.note(order.confirm ? fmt::format("policy: in force, for {} s unless it is confirmed",
                                            std::chrono::ceil<std::chrono::seconds>(*order.confirm).count())
                              : std::string("policy: in force"));
  return {};
}

Result<void> PolicyKeeper::confirm(const Actor& by) {
  const std::lock_guard lock(mutex_);
  if (!state_.confirm_until) return unusable("policy", "expected one that waits to be confirmed, found none");
  PolicyState next = state_;
  next.confirm_until.reset();
  if (auto kept = keep(next); !kept) return kept;
  set_state(std::move(next));
  record("policy_confirmed", by);
  options_.note("policy: confirmed");
  return {};
}

Result<void> PolicyKeeper::go_back() {
  PolicyState next;
  if (state_.previous && !state_.previous->empty()) next.running = state_.previous;
  next.applied = wall_clock_now();
  next.shadow = state_.shadow;
  next.shadowed = state_.shadowed;
  if (auto kept = keep(next); !kept) options_.note(kept.error().text());
  set_state(std::move(next));
  return put_running();
}

Result<void> PolicyKeeper::roll_back(const Actor& by) {
  const std::lock_guard lock(mutex_);
  if (!state_.previous) return unusable("policy", "expected one before this, found none");
  auto back = go_back();
  record("policy_rolled_back", by);
  if (back) options_.note("policy: rolled back");
  return back;
}

Result<void> PolicyKeeper::arm(Rule rule, Nanoseconds ttl, const Actor& by) {
  const std::lock_guard lock(mutex_);
  const std::string name = rule.name;
  if (unknown_)
    return unusable(name, "can't stand behind a policy that only the kernel knows", "apply a policy");
  if (armed_.size() >= kMostArmed)
    return busy(name, fmt::format("{} rules that were found by themselves are in force already", kMostArmed));
  Policy alone;
  alone.rules = {rule};
  if (const auto cut = cut_off(alone, kept_peers(SshSessions::kLoggedIn)); !cut.empty())
    return unusable(name, cut.front().text);
  rule.until = monotonic_now() + ttl;
  armed_.push_back(std::move(rule));
  if (auto put = put_running(); !put) {
    armed_.pop_back();
    return put;
  }
  if (auto kept = keep(state_); !kept) options_.note(kept.error().text());
  if (options_.audit)
    options_.audit->record("rule_armed", by, [&](JsonWriter& json) {
      json.field("rule", std::string_view(name));
      json.field("reason", std::string_view(armed_.back().reason));
    });
  return {};
}

void PolicyKeeper::end_armed() {
  const auto ended = std::stable_partition(
      armed_.begin(), armed_.end(), [now = monotonic_now()](const Rule& one) { return one.until > now; });
  if (ended == armed_.end()) return;
  std::vector<std::string> names;
  for (auto one = ended; one != armed_.end(); one++) names.push_back(one->name);
  armed_.erase(ended, armed_.end());
  if (auto put = put_running(); !put) options_.note(put.error().text());
  if (auto kept = keep(state_); !kept) options_.note(kept.error().text());
  for (const std::string& name : names)
    if (options_.audit)
      options_.audit->record("rule_ended", {.kind = ActorKind::kTime},
                             [&](JsonWriter& json) { json.field("rule", std::string_view(name)); });
}

void PolicyKeeper::tick() {
  const std::lock_guard lock(mutex_);
  end_armed();
  if (!deadline_ || Clock::now() < *deadline_) return;
  const auto back = go_back();
  record("policy_rolled_back", {.kind = ActorKind::kTime});
  options_.note(back ? "policy: rolled back, as it wasn't confirmed in time" : back.error().text());
}

std::optional<std::vector<std::uint16_t>> PolicyKeeper::served_ports(const Prefix& address,
                                                                     std::size_t most) const {
  const std::lock_guard lock(mutex_);
  if (unknown_) return {};
  if (!state_.running) return std::vector<std::uint16_t>();
  const auto policy = read_policy(*state_.running, "policy");
  return policy ? served_tcp_ports(*policy, address, most) : std::nullopt;
}

PolicyState PolicyKeeper::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace vedette
