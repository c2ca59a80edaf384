#include "detect/contact_walk.h"

#include <algorithm>

namespace vedette {

namespace {

// Silence is an open UDP port's usual answer, and a filter's to ACK.
bool says_nothing(const Contact& contact) {
  return contact.outcome == Outcome::kUnanswered &&
         (contact.technique == Technique::kUdp || contact.technique == Technique::kAck ||
          contact.technique == Technique::kMaimon);
}

// Told exactly while every one of them could be told apart.
std::uint64_t distinct(std::uint64_t counted, std::size_t exact, const HyperLogLog& sketch) {
  return counted <= exact ? counted : std::min(counted, sketch.estimate());
}

}  // namespace

void ContactWalk::take(const Contact& contact, std::uint64_t item, const WalkModel& model) {
  if (packets_ != 0 && contact.now - last_ > kForgets) *this = {};
  if (packets_ == 0) first_ = contact.first;
  last_ = std::max(last_, contact.now);
  packets_ += contact.packets;
  bytes_ += contact.bytes;
  const bool follows = contact.outcome == Outcome::kHalfOpen || contact.outcome == Outcome::kGivenUp;
  const auto brief = static_cast<std::uint32_t>(item);
  if (!is_first(follows ? ~brief : brief)) return;
  if (follows) {
    found_++;
    if (answered_ != 0) {
      answered_--;
      walk_.take_success_back(model);
    }
    if (contact.outcome == Outcome::kHalfOpen) fail(contact, item, model);
  } else if (says_nothing(contact)) {
    silences_++;
    silent_.add(item);
    techniques_[static_cast<std::size_t>(contact.technique)]++;
  } else if (contact.outcome == Outcome::kAnswered) {
    answered_++;
    walk_.succeed(model);
  } else {
    refused_ += contact.outcome == Outcome::kRefused;
    fail(contact, item, model);
  }
}

void ContactWalk::fail(const Contact& contact, std::uint64_t item, const WalkModel& model) {
  walk_.fail(model);
  failures_++;
  failed_.add(item);
  techniques_[static_cast<std::size_t>(contact.technique)]++;
}

bool ContactWalk::is_first(std::uint32_t item) {
  const std::size_t known = std::min<std::uint64_t>(contacts_, kRecent);
  if (std::find(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(known), item) !=
      recent_.begin() + static_cast<std::ptrdiff_t>(known))
    return false;
  recent_[contacts_++ % kRecent] = item;
  return true;
}

std::uint64_t ContactWalk::failed() const {
  return distinct(failures_, kRecent / 2, failed_);
}

std::uint64_t ContactWalk::silent() const {
  return distinct(silences_, kRecent / 2, silent_);
}

Technique ContactWalk::technique() const {
  // A stealthy one says most: where there are as many of it as of any other, it names the scan.
  Technique most = Technique::kSyn;
  for (std::size_t i = 0; i < techniques_.size(); i++) {
    const auto technique = static_cast<Technique>(i);
    const std::uint32_t best = techniques_[static_cast<std::size_t>(most)];
    if (techniques_[i] > best || (techniques_[i] == best && is_stealthy(technique))) most = technique;
  }
  return most;
}

std::string ContactWalk::stealthy_but(Technique named) const {
  std::string names;
  for (std::size_t i = 0; i < techniques_.size(); i++) {
    const auto technique = static_cast<Technique>(i);
    if (techniques_[i] == 0 || technique == named || !is_stealthy(technique)) continue;
    if (!names.empty()) names += ", ";
    names += technique_name(technique);
  }
  return names;
}

}  // namespace vedette
