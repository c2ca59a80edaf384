// Keeps the cluster engine's roll-ups, of the rows that its own spool has sent, and removes what is too old.
#pragma once

#include <array>
#include <mutex>

#include "store/clickhouse_layout.h"
#include "store/spool.h"

namespace vedette {

// One thread, but for sent().
class ClickhouseKeeper {
 public:
  ClickhouseKeeper(std::string sensor, Spool& spool) : sensor_(std::move(sensor)), spool_(spool) {}

  // The server has this block, of rows of these times: it leaves the spool, and is to be rolled up. Any
  // thread.
  void sent(const SpooledBlock& block, Nanoseconds first, Nanoseconds last);

  // Rolls up what was sent since the last time; `hours`: by the hour too.
  [[nodiscard]] Result<void> roll_up(ClickhouseServer& server, const ClickhouseLayout& layout, bool hours);

 private:
  // Of rows that aren't rolled up; empty where there are none. At the start any that an earlier process sent.
  struct Times {
    Nanoseconds first{}, last = Nanoseconds::max();

    [[nodiscard]] bool empty() const { return first > last; }
    void add(const Times& other) {
      first = std::min(first, other.first);
      last = std::max(last, other.last);
    }
  };

  [[nodiscard]] Result<void> finish(ClickhouseServer& server, const ClickhouseLayout& layout);
  // The blocks (from, upto], into all cubes of their source.
  [[nodiscard]] Result<void> sum_up(ClickhouseServer& server, const ClickhouseLayout& layout,
                                    std::uint8_t source, ClickhouseRollUp roll_up);
  [[nodiscard]] Result<void> roll_up_source(ClickhouseServer& server, const ClickhouseLayout& layout,
                                            std::uint8_t level, std::uint8_t source);

  const std::string sensor_;
  Spool& spool_;
  std::mutex mutex_;                            // what has left the spool is among the untold, or rolled up
  std::array<std::array<Times, 2>, 2> untold_;  // by level and source, as in RollUpState
};

}  // namespace vedette
