#include "gateway/sessions.h"

#include <algorithm>

namespace vedette {

namespace {

constexpr std::size_t kSecretBytes = 32;

}  // namespace

Nanoseconds Sessions::end_of(const Kept& kept) {
  return std::min(kept.begun + kLongest, kept.used + kLongestIdle);
}

Session Sessions::told(const Kept& kept, const Instant& now) {
  return {kept.id, kept.csrf, now.wall + (end_of(kept) - now.steady)};
}

Sessions::Begun Sessions::begin(const Instant& now) {
  Begun begun{.token = random_token(kSecretBytes), .session = {}};
  const Kept kept{digest_of(begun.token), random_id(), random_token(kSecretBytes), now.steady, now.steady};
  begun.session = told(kept, now);
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&now](const Kept& one) { return end_of(one) <= now.steady; });
  kept_.push_front(kept);
  if (kept_.size() > kMost) kept_.pop_back();
  return begun;
}

std::optional<Session> Sessions::use(std::string_view token, const Instant& now) {
  const Digest digest = digest_of(token);
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(kept_, [&](const Kept& one) { return same_digest(one.digest, digest); });
  if (found == kept_.end()) return std::nullopt;
  if (end_of(*found) <= now.steady) {
    kept_.erase(found);
    return std::nullopt;
  }
  found->used = now.steady;
  kept_.splice(kept_.begin(), kept_, found);
  return told(*found, now);
}

bool Sessions::goes_on(std::string_view id, const Instant& now) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(kept_,
                             [&](const Kept& one) { return one.id == id && end_of(one) > now.steady; });
}

bool Sessions::end(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(kept_, [&](const Kept& one) { return one.id == id; }) != 0;
}

void Sessions::end_others(std::string_view id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const Kept& one) { return one.id != id; });
}

}  // namespace vedette
