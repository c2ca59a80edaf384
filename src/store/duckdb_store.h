// The embedded engine: DuckDB in this process, one file a day (store/day_file.h). A thread of its own writes
// what was put, another keeps the roll-ups and the retentions; queries run on their callers' threads, a few
// at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "store/duckdb_writer.h"
#include "store/row_queue.h"
#include "store/store.h"
#include "store/store_tally.h"
#include "store/trusted_clock.h"

namespace vedette {

class DuckdbStore final : public Store {
 public:
  // Waits until the database is open, or can't be yet.
  [[nodiscard]] static Result<std::unique_ptr<DuckdbStore>> open(StoreOptions options);
  DuckdbStore(const DuckdbStore&) = delete;
  DuckdbStore& operator=(const DuckdbStore&) = delete;
  // Writes what waits, if that can be done at once.
  ~DuckdbStore() override;

  void put(FlowRow row) override { queue_.put(std::move(row)); }
  void put(const InterfaceRow& row) override { queue_.put(row); }
  void put(const Finding& finding) override;
  [[nodiscard]] Result<void> flush() override { return queue_.wait_until_done(); }
  [[nodiscard]] Result<QueryAnswer> answer(const Query& query) override;
  [[nodiscard]] Result<FoundFlows> find_flows(const FlowSearch& search) override;
  [[nodiscard]] Result<std::string> parquet(const QueryAnswer& answer) override;
  [[nodiscard]] Result<RecentFlows> recent_flows(Nanoseconds span) override;
  [[nodiscard]] StoreStatus status() const override;

  // Rolls up what was written, and removes what is too old or too much. Tests call it, between flush() and
  // the next put(); else it is done each minute.
  [[nodiscard]] Result<void> tidy();

 private:
  using Clock = std::chrono::steady_clock;

  DuckdbStore(StoreOptions options, DuckdbLibrary library);

  void run();
  [[nodiscard]] Result<void> open_database();
  void close_database();
  void write_batch();
  void keep();
  void note_open_files();
  [[nodiscard]] Result<void> roll_up_all(DuckdbConnection& connection, bool hours);
  // What the files take up, and what room is left.
  void look();
  // `rolled`: all closed days' roll-ups are done; else what is over its age goes without them.
  void retain(bool rolled);
  void say(const Result<void>& done);
  // Asks by a connection of its own, one of a few at a time.
  template <typename Found>
  [[nodiscard]] Result<Found> read(const std::function<Result<Found>(DuckdbConnection&)>& ask);
  [[nodiscard]] Result<DuckdbConnection> take_reader();
  void give_back(DuckdbConnection reader);
  void interrupt_slow();

  StoreOptions options_;
  DuckdbLibrary library_;
  RowQueue queue_;
  StoreTally tally_;
  DuckdbFiles files_;
  DuckdbWriter writer_;
  TrustedClock clock_;
  // Held shared while a query runs, and alone while the database is closed or opened.
  mutable std::shared_mutex database_mutex_;
  std::unique_ptr<DuckdbDatabase> database_;
  std::string engine_;
  std::string sensor_;
  mutable std::mutex readers_mutex_;
  std::vector<DuckdbConnection> readers_;                   // that nobody uses
  std::map<duckdb_connection, Clock::time_point> reading_;  // the others, since when
  mutable std::mutex open_files_mutex_;
  std::vector<DayFile> open_files_;  // that rows are written into
  std::set<DayFile> opened_;         // that were such since the last roll-up began
  // Of what follows, which the keeper's thread has, and tests.
  std::mutex tidy_mutex_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> invalid_ = false;  // the database must be opened anew
  std::atomic<std::uint64_t> bytes_ = 0;
  std::string said_;            // the latest failure that was noted
  std::set<DayFile> complete_;  // of whose rows no more come, all rolled up
  Clock::time_point hours_rolled_{};
  std::mutex keeping_mutex_;
  std::condition_variable keeping_;  // stopping_ is set
  std::promise<void> looked_;        // the first attempt to open the database is over
  std::thread thread_, keeper_;
};

}  // namespace vedette
