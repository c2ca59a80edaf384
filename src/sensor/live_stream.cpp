#include "sensor/live_stream.h"

#include <iterator>
#include <utility>

namespace vedette {

void LiveStream::Queue::put(StreamedPacket packet) {
  const std::lock_guard lock(mutex_);
  packet.id = next_id_++;
  if (waiting_.size() >= kPacketsWaiting) {
    dropped_++;
    dropped_attended_ += attended_ ? 1 : 0;
    return;
  }
  waiting_.push_back(std::move(packet));
  came_.notify_one();
}

void LiveStream::Queue::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  came_.notify_one();
}

void LiveStream::Queue::set_ring_lost(std::uint64_t lost) {
  const std::lock_guard lock(mutex_);
  ring_lost_ = lost;
}

std::uint64_t LiveStream::Queue::dropped_attended() const {
  const std::lock_guard lock(mutex_);
  return dropped_attended_;
}

void LiveStream::set_attended(bool attended) {
  const std::lock_guard lock(queue_->mutex_);
  queue_->attended_ = attended;
}

bool LiveStream::next(std::vector<StreamedPacket>& packets, Nanoseconds wait) {
  std::unique_lock lock(queue_->mutex_);
  queue_->came_.wait_for(lock, wait, [&] { return !queue_->waiting_.empty() || queue_->ended_; });
  const bool more = !queue_->ended_ || !queue_->waiting_.empty();
  std::move(queue_->waiting_.begin(), queue_->waiting_.end(), std::back_inserter(packets));
  queue_->waiting_.clear();
  return more;
}

std::uint64_t LiveStream::lost() const {
  const std::lock_guard lock(queue_->mutex_);
  return queue_->dropped_ + queue_->ring_lost_;
}

}  // namespace vedette
