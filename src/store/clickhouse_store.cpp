#include "store/clickhouse_store.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/privileges.h"
#include "store/clickhouse_answer.h"
#include "store/clickhouse_flow_search.h"
#include "store/embedded_store.h"
#include "store/row_binary.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kSpoolEvery = 5s;  // what a row waits at most: each block is a part for the server to merge
constexpr std::chrono::milliseconds kRetryFirst = 250ms, kRetryLast = 8s;
constexpr auto kTidyEvery = 60s;
constexpr auto kHoursEvery = 15min;
constexpr std::chrono::seconds kLongestFlush = 60s, kLongestWait = 5s, kLongestEnd = 2s;
constexpr unsigned kReaders = 4;
constexpr int kNiceness = 5;

Nanoseconds wall_now() {
  return std::chrono::system_clock::now().time_since_epoch();
}

Nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

constexpr std::size_t kShareRows = 16'384;

// Rows of a batch by table and partition: a block is one part on the server, there whole or not at all.
std::vector<SpooledRows> shares_of(const RowBatch& batch) {
  std::map<std::pair<QuerySource, std::int64_t>, SpooledRows> shares;
  std::vector<SpooledRows> all;
  const auto add = [&](QuerySource source, Nanoseconds time, std::string row) {
    const Nanoseconds length = partition_length(level_of_table(raw_table(source)));
    SpooledRows& share = shares[{source, time / length}];
    if (share.rows.empty()) share.first = share.last = time;
    share.source = source;
    share.first = std::min(share.first, time);
    share.last = std::max(share.last, time);
    share.rows.push_back(std::move(row));
    if (share.rows.size() == kShareRows) all.push_back(std::exchange(share, {}));
  };
  for (const FlowRow& row : batch.flows) add(QuerySource::kFlows, row.time, binary_row(row));
  for (const InterfaceRow& row : batch.interfaces) add(QuerySource::kInterfaces, row.time, binary_row(row));
  for (const FindingRow& row : batch.findings)
    add(QuerySource::kFindings, row.finding.detected, binary_row(row));
  for (auto& [key, share] : shares)
    if (!share.rows.empty()) all.push_back(std::move(share));
  return all;
}

}  // namespace

Result<std::unique_ptr<ClickhouseStore>> ClickhouseStore::open(StoreOptions options) {
  if (options.servers.size() > 1 && options.cluster.empty())
    return unusable("--store", fmt::format("expected one address, found {}", options.servers.size()),
                    "several are of one cluster: --store-cluster");
  if (!std::ranges::all_of(options.cluster, [](unsigned char letter) {
        return std::isalnum(letter) != 0 || letter == '_' || letter == '-' || letter == '.';
      }))
    return unusable("--store-cluster",
                    fmt::format("expected a cluster's name, found \"{}\"", options.cluster));
  options.sensor = sensor_of(options);
  std::unique_ptr<ClickhouseStore> store(new ClickhouseStore(std::move(options)));
  auto sender = ClickhouseSender::open(store->options_, store->spool_);
  if (!sender) return std::unexpected(sender.error());
  store->sender_ = std::move(*sender);
  if (auto opened = store->spool_.open(); !opened) return std::unexpected(opened.error());
  store->tally_.look_at_disk(store->options_.folder);
  store->spooling_ = std::thread([&one = *store] { one.spool_rows(); });
  store->sending_ = std::thread([&one = *store] { one.send_blocks(); });
  store->keeping_ = std::thread([&one = *store] { one.keep(); });
  return store;
}

ClickhouseStore::ClickhouseStore(StoreOptions options)
    : options_(std::move(options)),
      queue_(options_.queue_rows),
      spool_(options_.folder, options_.most_bytes),
      keeper_(options_.sensor, spool_),
      clock_(options_.clock_trusted_after) {}

ClickhouseStore::~ClickhouseStore() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    if (tidying_) tidying_->cancel();
  }
  changed_.notify_all();
  queue_.stop();
  if (spooling_.joinable()) spooling_.join();
  if (keeping_.joinable()) keeping_.join();
  if (sending_.joinable()) (void)wait_until_sent(kLongestEnd, false);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (sender_) sender_->cancel();
  if (sending_.joinable()) sending_.join();
}

void ClickhouseStore::put(const Finding& finding) {
  queue_.put(FindingRow{.finding = finding, .told = wall_now()});
}

Result<void> ClickhouseStore::spool_batch(std::vector<SpooledRows>& shares) {
  while (!shares.empty()) {
    if (auto written = spool_.put(shares.back()); !written) return written;
    queue_.done(shares.back().rows.size());
    shares.pop_back();
    { const std::lock_guard lock(mutex_); }
    changed_.notify_all();
  }
  return {};
}

void ClickhouseStore::spool_rows() {
  (void)drop_privileges();
  (void)setpriority(PRIO_PROCESS, 0, kNiceness);  // packets go before what is asked about them
  std::vector<SpooledRows> left;
  std::string said;
  for (;;) {
    const bool last = closing_;
    if (left.empty()) left = shares_of(queue_.take(last ? 0ms : std::chrono::milliseconds(kSpoolEvery)));
    const auto written = spool_batch(left);
    const std::string why = written ? "" : written.error().text();
    if (!written) {
      queue_.set_failing(why);
      tally_.write_failed();
    }
    if (why != said)
      options_.note(written ? "store: rows are spooled again" : fmt::format("store: rows wait: {}", why));
    said = why;
    const RowQueue::Counts counts = queue_.counts();
    if (last && (!written || counts.put == counts.done)) break;
    if (!written) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, 1s, [this] { return closing_.load(); });
    }
  }
  queue_.give_up(queue_.counts().put - queue_.counts().done);
}

void ClickhouseStore::say(const std::string& why) {
  std::string before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(why_not_, why);
    tried_ = true;
  }
  changed_.notify_all();
  if (why.empty() != before.empty())
    options_.note(why.empty() ? "store: rows are sent again"
                              : fmt::format("store: rows can't be sent and wait on the disk: {}", why));
}

void ClickhouseStore::send_blocks() {
  (void)drop_privileges();
  (void)setpriority(PRIO_PROCESS, 0, kNiceness);
  std::chrono::milliseconds pause = kRetryFirst;
  while (!stopping_) {
    Result<void> done = sender_->find_server();
    if (done) {
      if (const auto front = spool_.front()) {
        const auto sent = sender_->send(*front);
        if (!sent) done = std::unexpected(sent.error());
        if (sent && !sent->damaged) {
          keeper_.sent(sent->block, sent->first, sent->last);
          sent_rows_ += sent->block.rows;
          tally_.wrote();
        }
      }
    }
    if (stopping_) break;
    if (!done) tally_.write_failed();
    say(done ? "" : done.error().text());
    std::unique_lock lock(mutex_);
    if (done) {
      pause = kRetryFirst;
      changed_.wait(lock, [this] { return stopping_ || spool_.counts().blocks != 0; });
    } else {
      changed_.wait_for(lock, pause, [this] { return stopping_.load(); });
      pause = std::min(pause * 2, kRetryLast);
    }
  }
}

bool ClickhouseStore::wait_until_sent(std::chrono::milliseconds most, bool through_failures) {
  std::unique_lock lock(mutex_);
  (void)changed_.wait_for(lock, most, [&] {
    return stopping_ || (spool_.counts().blocks == 0 && tried_) || (!through_failures && !why_not_.empty());
  });
  return spool_.counts().blocks == 0 && tried_;
}

Result<void> ClickhouseStore::flush() {
  if (auto spooled = queue_.wait_until_done(); !spooled) return spooled;
  (void)wait_until_sent(kLongestFlush, false);
  return {};
}

Result<ClickhousePlace> ClickhouseStore::place_to_ask() {
  if (auto place = sender_->place()) return std::move(*place);
  (void)wait_until_sent(1s, false);
  if (auto place = sender_->place()) return std::move(*place);
  const std::lock_guard lock(mutex_);
  return busy("store", why_not_.empty() ? "no server has answered yet" : why_not_);
}

Result<std::unique_ptr<ClickhouseServer>> ClickhouseStore::client(const ClickhousePlace& place) const {
  return ClickhouseServer::open(place.address);
}

template <typename Found>
Result<Found> ClickhouseStore::read(const AskServer<Found>& ask) {
  const auto place = place_to_ask();
  if (!place) return std::unexpected(place.error());
  auto server = client(*place);
  if (!server) return std::unexpected(server.error());
  if (++reading_ > kReaders) {
    --reading_;
    return busy("store", fmt::format("{} queries are being answered", kReaders));
  }
  auto found = ask(**server, place->layout);
  --reading_;
  return found;
}

Result<QueryAnswer> ClickhouseStore::answer(const Query& query) {
  return tally_.timed([&] {
    return read<QueryAnswer>([&](ClickhouseServer& server, const ClickhouseLayout& layout) {
      return answer_query(server, layout, query);
    });
  });
}

Result<FoundFlows> ClickhouseStore::find_flows(const FlowSearch& search) {
  return tally_.timed([&] {
    return read<FoundFlows>([&](ClickhouseServer& server, const ClickhouseLayout& layout) {
      return search_flows(server, layout, search);
    });
  });
}

Result<std::string> ClickhouseStore::parquet(const QueryAnswer& answer) {
  return parquet_file(options_, answer);
}

Result<Store::RecentFlows> ClickhouseStore::recent_flows(Nanoseconds span) {
  if (!wait_until_sent(kLongestWait, true)) {
    const std::lock_guard lock(mutex_);
    return busy("store", why_not_.empty() ? "the server doesn't have all rows yet" : why_not_);
  }
  const auto place = place_to_ask();
  if (!place) return std::unexpected(place.error());
  auto server = client(*place);
  if (!server) return std::unexpected(server.error());
  return read_recent_flows(**server, place->layout, options_.sensor, span);
}

Result<void> ClickhouseStore::tidy() {
  const std::lock_guard lock(tidy_mutex_);
  const auto place = place_to_ask();
  if (!place) return std::unexpected(place.error());
  auto server = client(*place);
  if (!server) return std::unexpected(server.error());
  set_tidying(server->get());
  auto done = tidy_on(**server, place->layout);
  set_tidying(nullptr);
  return done;
}

void ClickhouseStore::set_tidying(ClickhouseServer* server) {
  const std::lock_guard lock(mutex_);
  tidying_ = server;
  if (server && closing_) server->cancel();
}

Result<void> ClickhouseStore::tidy_on(ClickhouseServer& server, const ClickhouseLayout& layout) {
  const bool hours = !hours_rolled_ || Clock::now() - *hours_rolled_ >= kHoursEvery;
  if (auto rolled = keeper_.roll_up(server, layout, hours); !rolled) return rolled;
  if (hours) hours_rolled_ = Clock::now();
  // What isn't known is absent, and nothing else waits for it.
  tally_.set_tables(table_sizes(server, layout).value_or(std::vector<StoredTable>()));
  const auto now = clock_.look(wall_now(), steady_now());
  // Since 19.6 the tables have a time to live.
  if (!now || layout.version.since(19, 6)) return {};
  const auto dropped = drop_outlived(server, layout, *now);
  if (!dropped) return std::unexpected(dropped.error());
  for (const std::string& line : *dropped) options_.note(line);
  return {};
}

void ClickhouseStore::keep() {
  (void)drop_privileges();
  (void)setpriority(PRIO_PROCESS, 0, kNiceness);
  std::string said;
  std::unique_lock lock(mutex_);
  while (!closing_) {
    changed_.wait_for(lock, kTidyEvery, [this] { return closing_.load(); });
    if (closing_) break;
    const bool away = !why_not_.empty();
    lock.unlock();
    tally_.look_at_disk(options_.folder);
    // While the server is away, that is said already.
    if (away) {
      lock.lock();
      continue;
    }
    const auto done = tidy();
    const std::string why = done ? "" : done.error().text();
    if (!done && why != said) options_.note(fmt::format("store: can't be rolled up now: {}", why));
    said = why;
    lock.lock();
  }
}

StoreStatus ClickhouseStore::status() const {
  const RowQueue::Counts counts = queue_.counts();
  const Spool::Counts spooled = spool_.counts();
  const auto place = sender_->place();
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    why = why_not_;
  }
  if (!counts.why_not.empty()) why = counts.why_not;
  std::string engine = "clickhouse";
  if (place)
    engine += fmt::format(" {}.{} at {}", place->layout.version.major, place->layout.version.minor,
                          place->address.shown());
  StoreStatus status;
  status.folder = options_.folder.native();
  status.engine = engine;
  status.writing = why.empty();
  status.why_not = why;
  status.accepted = counts.put;
  status.rows = sent_rows_;
  status.waiting = counts.put - counts.done + spooled.rows;
  status.queued_bytes = counts.bytes;
  status.spooled_rows = spooled.rows;
  status.spooled_bytes = spooled.bytes;
  status.queue_full = counts.full;
  status.unwritten = counts.unwritten + spooled.rows_set_aside;
  status.set_aside = spooled.set_aside;
  status.bytes = spooled.bytes;
  status.most_bytes = options_.most_bytes;
  tally_.tell(status);
  return status;
}

}  // namespace vedette
