// The engine for where one machine is outgrown: ClickHouse, over HTTP. Rows go into a spool of files first,
// out of which a thread sends them to the server; another one keeps roll-ups and retentions. Queries run on
// their callers' threads, a few at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/clickhouse_keeper.h"
#include "store/clickhouse_sender.h"
#include "store/row_queue.h"
#include "store/spool.h"
#include "store/store.h"
#include "store/store_tally.h"
#include "store/trusted_clock.h"

namespace vedette {

class ClickhouseStore final : public Store {
 public:
  // Asks no server yet. Unusable where an address or the cluster's name is none; failed without libcurl.
  [[nodiscard]] static Result<std::unique_ptr<ClickhouseStore>> open(StoreOptions options);
  ClickhouseStore(const ClickhouseStore&) = delete;
  ClickhouseStore& operator=(const ClickhouseStore&) = delete;
  // Spools what waits; what the server doesn't have by then is sent by the next one of this folder.
  ~ClickhouseStore() override;

  void put(FlowRow row) override { queue_.put(std::move(row)); }
  void put(const InterfaceRow& row) override { queue_.put(row); }
  void put(const Finding& finding) override;
  [[nodiscard]] Result<void> flush() override;
  [[nodiscard]] Result<QueryAnswer> answer(const Query& query) override;
  [[nodiscard]] Result<FoundFlows> find_flows(const FlowSearch& search) override;
  [[nodiscard]] Result<std::string> parquet(const QueryAnswer& answer) override;
  // Once the server has what an earlier process left in the spool, for which it waits some seconds.
  [[nodiscard]] Result<RecentFlows> recent_flows(Nanoseconds span) override;
  [[nodiscard]] StoreStatus status() const override;

  // Rolls up what was sent, and removes what is too old; else it is done each minute.
  [[nodiscard]] Result<void> tidy();

 private:
  using Clock = std::chrono::steady_clock;

  explicit ClickhouseStore(StoreOptions options);

  void spool_rows();
  [[nodiscard]] Result<void> spool_batch(std::vector<SpooledRows>& shares);
  void send_blocks();
  void keep();
  void set_tidying(ClickhouseServer* server);
  [[nodiscard]] Result<void> tidy_on(ClickhouseServer& server, const ClickhouseLayout& layout);
  void say(const std::string& why);
  // Until the spool is empty, or sending fails. False: it isn't empty.
  [[nodiscard]] bool wait_until_sent(std::chrono::milliseconds most, bool through_failures);
  [[nodiscard]] Result<ClickhousePlace> place_to_ask();
  // Asks the server, one of a few questions at a time.
  template <typename Found>
  using AskServer = std::function<Result<Found>(ClickhouseServer&, const ClickhouseLayout&)>;
  template <typename Found>
  [[nodiscard]] Result<Found> read(const AskServer<Found>& ask);
  // A client of the server that rows are sent to.
  [[nodiscard]] Result<std::unique_ptr<ClickhouseServer>> client(const ClickhousePlace& place) const;

  StoreOptions options_;
  RowQueue queue_;
  StoreTally tally_;
  Spool spool_;
  std::unique_ptr<ClickhouseSender> sender_;
  ClickhouseKeeper keeper_;
  TrustedClock clock_;
  std::atomic<bool> closing_ = false;   // nothing more is put
  std::atomic<bool> stopping_ = false;  // nothing more is sent
  std::atomic<unsigned> reading_ = 0;   // queries being answered
  std::atomic<std::uint64_t> sent_rows_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;      // the spool, why_not_, closing_, stopping_
  std::string why_not_;                  // the latest attempt to send failed; empty: it didn't
  bool tried_ = false;                   // there was one
  ClickhouseServer* tidying_ = nullptr;  // asked for roll-ups now, if any
  std::mutex tidy_mutex_;
  std::optional<Clock::time_point> hours_rolled_;
  std::thread spooling_, sending_, keeping_;
};

}  // namespace vedette
