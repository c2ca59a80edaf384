#include "sensor/live_stream.h"

#include <iterator>
#include <utility>

namespace vedette {

template <typename Item>
void QueuedStream<Item>::Queue::put(Item item) {
  const std::lock_guard lock(mutex_);
  item.id = next_id_++;
  if (waiting_.size() >= kItemsWaiting) {
    dropped_++;
    dropped_attended_ += attended_ ? 1 : 0;
    return;
  }
  waiting_.push_back(std::move(item));
  came_.notify_one();
}

template <typename Item>
void QueuedStream<Item>::Queue::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  came_.notify_one();
}

template <typename Item>
void QueuedStream<Item>::Queue::set_ring_lost(std::uint64_t lost) {
  const std::lock_guard lock(mutex_);
  ring_lost_ = lost;
}

template <typename Item>
std::uint64_t QueuedStream<Item>::Queue::dropped_attended() const {
  const std::lock_guard lock(mutex_);
  return dropped_attended_;
}

template <typename Item>
void QueuedStream<Item>::set_attended(bool attended) {
  const std::lock_guard lock(queue_->mutex_);
  queue_->attended_ = attended;
}

template <typename Item>
bool QueuedStream<Item>::next(std::vector<Item>& items, Nanoseconds wait) {
  std::unique_lock lock(queue_->mutex_);
  queue_->came_.wait_for(lock, wait, [&] { return !queue_->waiting_.empty() || queue_->ended_; });
  const bool more = !queue_->ended_ || !queue_->waiting_.empty();
  std::move(queue_->waiting_.begin(), queue_->waiting_.end(), std::back_inserter(items));
  queue_->waiting_.clear();
  return more;
}

template <typename Item>
std::uint64_t QueuedStream<Item>::lost() const {
  const std::lock_guard lock(queue_->mutex_);
  return queue_->dropped_ + queue_->ring_lost_;
}

template class QueuedStream<StreamedPacket>;
template class QueuedStream<StreamedHandshake>;
template class QueuedStream<StreamedSecond>;

}  // namespace vedette
