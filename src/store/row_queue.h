// Rows on their way from the sensor to the store's thread: bounded, so that a store that doesn't keep up
// costs rows, which are counted, and not memory.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/error.h"
#include "store/row_batch.h"

namespace vedette {

// put() and wait_until_done() from any thread, the rest from the one that writes.
class RowQueue {
 public:
  explicit RowQueue(std::size_t most) : most_(most) {}

  void put(FlowRow row);
  void put(const InterfaceRow& row);
  void put(FindingRow row);

  // What waits, after up to `wait` for more than there is now; it stays counted as waiting until done().
  [[nodiscard]] RowBatch take(std::chrono::milliseconds wait);
  void done(std::size_t rows);
  // The latest attempt to write failed, or didn't: rows that don't fit are counted by that.
  void set_failing(const std::string& why);

  // Until all that was put before is done. Failed where writing fails, or the queue was stopped.
  [[nodiscard]] Result<void> wait_until_done();
  // Ends every wait.
  void stop();

  struct Counts {
    std::uint64_t put = 0, done = 0, full = 0, unwritten = 0;
    std::uint64_t bytes =
        0;                // of what waits, without its texts; what was taken counts until all of it is done
    std::string why_not;  // empty: writing succeeds
  };
  [[nodiscard]] Counts counts() const;
  // The rows that still wait, and don't any more.
  void give_up(std::size_t rows);

 private:
  // With the lock held: whether there is room for a row of that size, and else counts the loss.
  [[nodiscard]] bool admit(std::size_t bytes);
  void count_done(std::size_t rows);

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  RowBatch waiting_;
  Counts counts_;
  std::uint64_t taken_bytes_ = 0;  // of counts_.bytes: not in waiting_ any more
  std::uint64_t wanted_ = 0;       // rows that somebody waits for
  bool stopped_ = false;
};

}  // namespace vedette
