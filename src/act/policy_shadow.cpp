// The policy that only counts, beside the one in force.
#include <chrono>
#include <utility>

#include "act/policy_keeper.h"

namespace vedette {

void PolicyKeeper::forget_shadow() {
  shadow_ = {};
  state_.shadow.reset();
  state_.shadowed = {};
}

Result<void> PolicyKeeper::begin_shadow(const PolicyOrder& order) {
  const std::lock_guard lock(mutex_);
  if (unknown_)
    return unusable(order.file, "can't stand beside a policy that only the kernel knows", "apply a policy");
  const auto policy = understood(order.text, order.file);
  if (!policy) return std::unexpected(policy.error());
  const auto in_force = running();
  if (!in_force) return std::unexpected(in_force.error());
  Policy shadow = shadow_of(*policy);
  // What the one before counted isn't this one's.
  if (state_.shadow)
    if (auto ended = put_beside({}, *in_force, state_.applied); !ended) return ended;
  if (auto put = put_beside(shadow, *in_force, state_.applied); !put) {
    if (auto again = put_running(); !again) options_.note(again.error().text());
    return put;
  }
  shadow_ = std::move(shadow);
  state_.shadow = order.text;
  state_.shadowed = std::chrono::system_clock::now().time_since_epoch();
  if (auto kept = keep(state_); !kept) return kept;
  record("policy_shadow_begun", order.by, order.text);
  options_.note("policy: a shadow counts beside it");
  return {};
}

Result<void> PolicyKeeper::end_shadow(const Actor& by) {
  const std::lock_guard lock(mutex_);
  if (!state_.shadow) return unusable("policy", "expected a shadow, found none");
  const auto text = state_.shadow;
  forget_shadow();
  if (auto kept = keep(state_); !kept) options_.note(kept.error().text());
  if (auto put = put_running(); !put) return put;
  record("policy_shadow_ended", by, text);
  options_.note("policy: the shadow is ended");
  return {};
}

}  // namespace vedette
