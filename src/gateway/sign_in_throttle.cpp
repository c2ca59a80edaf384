#include "gateway/sign_in_throttle.h"

#include <algorithm>

namespace vedette {

Nanoseconds SignInThrottle::paid_after(Nanoseconds paid, const Pace& pace, Nanoseconds now) {
  return std::max(paid, now) + pace.each;
}

Nanoseconds SignInThrottle::wait(Nanoseconds paid_after, const Pace& pace, Nanoseconds now) {
  return std::max(paid_after - pace.each * pace.at_once - now, Nanoseconds::zero());
}

std::optional<Nanoseconds> SignInThrottle::take(const ClientNetwork& client, Nanoseconds now) {
  const std::lock_guard lock(mutex_);
  const auto found = paid_.find(client);
  const Nanoseconds paid = paid_after(found == paid_.end() ? now : found->second, options_.a_client, now);
  if (const auto left = wait(paid, options_.a_client, now); left > Nanoseconds::zero()) return left;
  if (std::ranges::find(trusted_, client) == trusted_.end()) {
    const Nanoseconds all_paid = paid_after(all_paid_, options_.in_all, now);
    if (const auto left = wait(all_paid, options_.in_all, now); left > Nanoseconds::zero()) return left;
    all_paid_ = all_paid;
  }
  if (found == paid_.end()) make_room(now);
  paid_[client] = paid;
  return std::nullopt;
}

void SignInThrottle::make_room(Nanoseconds now) {
  if (paid_.size() < options_.clients) return;
  std::erase_if(paid_, [now](const auto& one) { return one.second <= now; });
  if (paid_.size() < options_.clients) return;
  paid_.erase(std::ranges::min_element(paid_, {}, [](const auto& one) { return one.second; }));
}

void SignInThrottle::succeeded(const ClientNetwork& client) {
  const std::lock_guard lock(mutex_);
  paid_.erase(client);
  trusted_.remove(client);
  trusted_.push_front(client);
  if (trusted_.size() > options_.trusted) trusted_.pop_back();
}

std::size_t SignInThrottle::remembered() const {
  const std::lock_guard lock(mutex_);
  return paid_.size();
}

}  // namespace vedette
