#include "store/row_queue.h"

#include <utility>

namespace vedette {

namespace {

constexpr std::size_t kEnough = 32'768;  // rows that are worth a transaction at once

}  // namespace

bool RowQueue::admit(std::size_t bytes) {
  if (counts_.put - counts_.done < most_) {
    counts_.put++;
    counts_.bytes += bytes;
    return true;
  }
  (counts_.why_not.empty() ? counts_.full : counts_.unwritten)++;
  return false;
}

void RowQueue::put(FlowRow row) {
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    if (!admit(sizeof(FlowRow))) return;
    waiting_.flows.push_back(std::move(row));
    enough = waiting_.flows.size() == kEnough;
  }
  if (enough) changed_.notify_all();
}

void RowQueue::put(const InterfaceRow& row) {
  const std::lock_guard lock(mutex_);
  if (admit(sizeof(InterfaceRow))) waiting_.interfaces.push_back(row);
}

void RowQueue::put(FindingRow row) {
  const std::lock_guard lock(mutex_);
  if (admit(sizeof(FindingRow))) waiting_.findings.push_back(std::move(row));
}

RowBatch RowQueue::take(std::chrono::milliseconds wait) {
  RowBatch spare;
  spare.flows.reserve(kEnough);
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [this] {
    return stopped_ || waiting_.size() >= kEnough || (wanted_ > counts_.done && !waiting_.empty());
  });
  taken_bytes_ = counts_.bytes;
  // Room that isn't made while the sensor's thread waits.
  return std::exchange(waiting_, std::move(spare));
}

void RowQueue::count_done(std::size_t rows) {
  counts_.done += rows;
  if (counts_.put - counts_.done == waiting_.size()) counts_.bytes -= std::exchange(taken_bytes_, 0);
}

void RowQueue::done(std::size_t rows) {
  {
    const std::lock_guard lock(mutex_);
    count_done(rows);
    counts_.why_not.clear();
  }
  changed_.notify_all();
}

void RowQueue::give_up(std::size_t rows) {
  {
    const std::lock_guard lock(mutex_);
    count_done(rows);
    counts_.unwritten += rows;
  }
  changed_.notify_all();
}

void RowQueue::set_failing(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    counts_.why_not = why;
  }
  changed_.notify_all();
}

Result<void> RowQueue::wait_until_done() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = counts_.put;
  wanted_ = std::max(wanted_, wanted);
  changed_.notify_all();
  changed_.wait(lock, [&] { return stopped_ || counts_.done >= wanted || !counts_.why_not.empty(); });
  if (counts_.done >= wanted) return {};
  return failed("store", counts_.why_not.empty() ? "it was stopped" : counts_.why_not);
}

void RowQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

RowQueue::Counts RowQueue::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace vedette
