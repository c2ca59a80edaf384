#include "act/hook_queue.h"

#include <fmt/format.h>

namespace vedette {

void HookQueue::put(std::string finding) {
  bool begins_to_drop = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || waiting_.size() >= most_) {
      status_.dropped++;
      begins_to_drop = !std::exchange(dropping_, true);
    } else {
      waiting_.push_back(std::move(finding));
      dropping_ = false;
    }
  }
  if (begins_to_drop)
    note_(fmt::format("hook {}: {} findings wait for it: those that come now are dropped", status_.target,
                      most_));
  changed_.notify_all();
}

HookStatus HookQueue::status() const {
  const std::lock_guard lock(mutex_);
  HookStatus status = status_;
  status.waiting = waiting_.size() + taken_;
  return status;
}

void HookQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    status_.dropped += waiting_.size();
    waiting_.clear();
  }
  changed_.notify_all();
}

bool HookQueue::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

std::optional<std::string> HookQueue::take(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [this] { return stopped_ || !waiting_.empty(); });
  if (stopped_ || waiting_.empty()) return {};
  std::string finding = std::move(waiting_.front());
  waiting_.pop_front();
  taken_++;
  return finding;
}

void HookQueue::told() {
  const std::lock_guard lock(mutex_);
  taken_--;
  status_.told++;
  status_.error.clear();
}

void HookQueue::failed(const std::string& why) {
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    taken_--;
    status_.failed++;
    news = status_.error != why;
    status_.error = why;
  }
  if (news) note_(fmt::format("hook {}: {}", status_.target, why));
}

void HookQueue::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return stopped_; });
}

}  // namespace vedette
