// What a store has done and what it takes up, whichever engine it is: for status() alone, so that who asks
// for that waits for no disk and no server.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "store/store.h"

namespace vedette {

// Any thread.
class StoreTally {
 public:
  // Rows were written, or sent, now.
  void wrote();
  void write_failed() { failed_writes_++; }

  // The answer of `ask()`, counted by what came of it and for how long it took.
  template <typename Ask>
  [[nodiscard]] auto timed(const Ask& ask) {
    const auto begin = std::chrono::steady_clock::now();
    auto answer = ask();
    const Nanoseconds took = std::chrono::steady_clock::now() - begin;
    const std::lock_guard lock(mutex_);
    queries_.spent += took;
    (answer                                    ? queries_.answered
     : answer.error().kind == ErrorKind::kBusy ? queries_.refused
                                               : queries_.failed)++;
    return answer;
  }

  void set_tables(std::vector<StoredTable> tables);
  // How much room there is where the store has its files. Waits for the disk.
  void look_at_disk(const std::filesystem::path& folder);

  void tell(StoreStatus& status) const;

 private:
  std::atomic<std::int64_t> last_write_ = 0;  // since the epoch; 0: none
  std::atomic<std::uint64_t> failed_writes_ = 0;
  mutable std::mutex mutex_;
  StoreQueries queries_;
  std::vector<StoredTable> tables_;
  std::optional<DiskRoom> disk_;
};

}  // namespace vedette
