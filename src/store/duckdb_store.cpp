#include "store/duckdb_store.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "base/privileges.h"
#include "store/duckdb_answer.h"
#include "store/embedded_store.h"
#include "store/roll_up.h"
#include "store/stored_levels.h"

namespace vedette {

namespace {

// Of what the store may take: the database counts neither its own heap nor the library that is mapped, nor
// the rows that wait (of 10 million rows 323 MiB were resident at most where it was given 128).
std::uint64_t database_bytes(std::uint64_t all) {
  return all / 3;
}

// What a transaction has of sums is in memory until it ends.
std::uint64_t rows_at_once(std::uint64_t database_bytes) {
  constexpr std::uint64_t kBytesARow = 512;
  return std::max<std::uint64_t>(database_bytes / kBytesARow, 10'000);
}

using namespace std::chrono_literals;

constexpr auto kWriteEvery = 2s;  // what a row waits at most; a transaction costs an fsync
constexpr auto kRetryEvery = 1s;  // where writing failed
constexpr auto kTidyEvery = 60s;
constexpr auto kLookEvery = 5s;      // at the sizes of the files: a stat a file
constexpr auto kHoursEvery = 15min;  // an hour is then four rows a key, which one pass adds up
constexpr int kNiceness = 5;
constexpr auto kLate =
    15min;  // after its end a day gets no more rows: a flow is idle for five minutes at most

Nanoseconds wall_now() {
  return std::chrono::system_clock::now().time_since_epoch();
}
Nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace

Result<std::unique_ptr<Store>> open_embedded_store(StoreOptions options) {
  auto store = DuckdbStore::open(std::move(options));
  if (!store) return std::unexpected(store.error());
  return std::unique_ptr<Store>(std::move(*store));
}

Result<std::unique_ptr<DuckdbStore>> DuckdbStore::open(StoreOptions options) {
  const auto library = DuckdbLibrary::load(options.library);
  if (!library) return std::unexpected(library.error());
  std::error_code error;
  options.folder = std::filesystem::absolute(options.folder, error).lexically_normal();
  if (options.folder.filename().empty()) options.folder = options.folder.parent_path();
  std::unique_ptr<DuckdbStore> store(new DuckdbStore(std::move(options), *library));
  store->thread_ = std::thread([&one = *store] { one.run(); });
  store->looked_.get_future().wait();
  store->keeper_ = std::thread([&one = *store] { one.keep(); });
  return store;
}

DuckdbStore::DuckdbStore(StoreOptions options, DuckdbLibrary library)
    : options_(std::move(options)),
      library_(library),
      queue_(options_.queue_rows),
      files_(options_.folder, options_.note),
      writer_(files_, std::max<std::uint64_t>(options_.most_bytes / 8, std::uint64_t{16} << 20)),
      clock_(options_.clock_trusted_after),
      engine_(fmt::format("duckdb {}", library_.library_version())),
      sensor_(sensor_of(options_)) {}

DuckdbStore::~DuckdbStore() {
  {
    const std::lock_guard lock(keeping_mutex_);
    stopping_ = true;
  }
  keeping_.notify_all();
  if (keeper_.joinable()) keeper_.join();
  queue_.stop();
  if (thread_.joinable()) thread_.join();
}

void DuckdbStore::put(const Finding& finding) {
  queue_.put(FindingRow{.finding = finding, .told = wall_now()});
}

Result<void> DuckdbStore::open_database() {
  std::error_code error;
  // Who talks with whom is not everybody's to read.
  if (std::filesystem::create_directories(options_.folder, error))
    std::filesystem::permissions(options_.folder, static_cast<std::filesystem::perms>(0750), error);
  if (error) return failed(options_.folder.native(), fmt::format("can't be made: {}", error.message()));
  std::filesystem::remove_all(options_.folder / "spill", error);
  auto database = DuckdbDatabase::open(library_, {.folder = options_.folder,
                                                  .memory_bytes = database_bytes(options_.memory_bytes),
                                                  .threads = options_.threads});
  if (!database) return std::unexpected(database.error());
  auto connection = (*database)->connect();
  if (!connection) return std::unexpected(connection.error());
  if (auto used = files_.use(**database); !used) return used;
  const std::unique_lock lock(database_mutex_);
  database_ = std::move(*database);
  writer_.use(std::move(*connection));
  invalid_ = false;
  return {};
}

void DuckdbStore::close_database() {
  const std::unique_lock lock(database_mutex_);
  {
    const std::lock_guard readers(readers_mutex_);
    readers_.clear();
  }
  writer_.forget();
  files_.forget();
  database_.reset();
}

void DuckdbStore::say(const Result<void>& done) {
  const std::string why = done ? "" : done.error().text();
  if (why == said_) return;
  options_.note(done ? "store: rows are written again"
                     : fmt::format("store: rows can't be written and wait: {}", why));
  said_ = why;
}

void DuckdbStore::write_batch() {
  const auto written = writer_.write();
  library_.release_memory();
  const std::size_t rows = writer_.take_written();
  if (rows != 0) tally_.wrote();
  if (!written) tally_.write_failed();
  queue_.done(rows);
  // Who waits for a flush is woken by the failure, and finds it said.
  say(written);
  if (written) return;
  queue_.set_failing(written.error().text());
  if (writer_.connection().failure().fatal) invalid_ = true;
}

void DuckdbStore::run() {
  (void)drop_privileges();  // which the database's threads begin with; who can't give any up has none
  // Likewise: packets go before what is asked about them. Linux has a niceness a thread.
  (void)setpriority(PRIO_PROCESS, 0, kNiceness);
  bool failing = false;
  for (bool first = true;; first = false) {
    if (invalid_ || !database_) {
      close_database();
      const auto opened = open_database();
      if (!opened) {
        close_database();
        tally_.write_failed();
        say(opened);
        queue_.set_failing(opened.error().text());
      }
      failing = !opened || !writer_.empty();
    }
    if (first) looked_.set_value();
    const bool last = stopping_;
    if (database_) {
      RowBatch batch;
      if (!failing) batch = queue_.take(last ? 0ms : kWriteEvery);
      if (!batch.empty()) writer_.begin(std::move(batch));
      note_open_files();
      if (!writer_.empty()) write_batch();
      failing = !writer_.empty();
      writer_.close_before(wall_now() - kLate);
      note_open_files();
    }
    if (last && (failing || !database_ || queue_.counts().put == queue_.counts().done)) break;
    interrupt_slow();
    if (failing) std::this_thread::sleep_for(stopping_ ? 0ms : std::chrono::milliseconds(kRetryEvery));
  }
  queue_.give_up(queue_.counts().put - queue_.counts().done);
  close_database();
}

void DuckdbStore::keep() {
  (void)drop_privileges();
  (void)setpriority(PRIO_PROCESS, 0, kNiceness);
  std::string said;
  std::optional<Clock::time_point> tidied;
  std::unique_lock lock(keeping_mutex_);
  while (!stopping_) {
    lock.unlock();
    if (!tidied || Clock::now() - *tidied >= kTidyEvery) {
      const auto done = tidy();
      tidied = Clock::now();
      const std::string why = done ? "" : done.error().text();
      if (!done && why != said) options_.note(fmt::format("store: can't be rolled up now: {}", why));
      said = why;
    } else {
      look();
    }
    lock.lock();
    keeping_.wait_for(lock, kLookEvery, [this] { return stopping_.load(); });
  }
}

void DuckdbStore::look() {
  tally_.look_at_disk(options_.folder);
  const auto there = day_files(options_.folder);
  if (!there) return;
  std::vector<SizedFile> sized;
  for (const DayFile& file : *there) sized.push_back({file, bytes_of(options_.folder, file)});
  std::uint64_t bytes = 0;
  for (const SizedFile& one : sized) bytes += one.bytes;
  bytes_ = bytes;
  tally_.set_tables(stored_levels(sized, options_));
}

void DuckdbStore::note_open_files() {
  const std::lock_guard lock(open_files_mutex_);
  open_files_ = writer_.open_files();
  opened_.insert(open_files_.begin(), open_files_.end());
}

Result<void> DuckdbStore::roll_up_all(DuckdbConnection& connection, bool hours) {
  const auto there = day_files(options_.folder);
  if (!there) return std::unexpected(there.error());
  const std::uint64_t rows = rows_at_once(database_bytes(options_.memory_bytes));
  std::vector<DayFile> open;
  {
    const std::lock_guard lock(open_files_mutex_);
    open = open_files_;
    for (const DayFile& file : std::exchange(opened_, {})) complete_.erase(file);
  }
  for (const DayFile& file : *there) {
    if (file.level != FileLevel::kRaw) continue;
    const bool closed = std::ranges::find(open, file) == open.end();
    if (complete_.contains(file)) continue;
    if (auto done = roll_up(files_, connection, file, FileLevel::kMinute, rows); !done) return done;
    if (!hours && !closed) continue;
    if (auto done = roll_up(files_, connection, file, FileLevel::kHour, rows); !done) return done;
    if (!closed) continue;
    // Logs go into their files, and nobody need attach this one again.
    for (const DayFile& one : {file, day_file(FileLevel::kHour, file.begin())}) {
      const auto pinned = files_.pin(one, false);
      if (!pinned) return std::unexpected(pinned.error());
      if (*pinned) (void)connection.run(fmt::format("CHECKPOINT {}", one.schema()));
    }
    complete_.insert(file);
  }
  return {};
}

Result<void> DuckdbStore::tidy() {
  const std::lock_guard lock(tidy_mutex_);
  look();
  const std::shared_lock open(database_mutex_);
  if (!database_) return failed("store", "is not open");
  auto connection = database_->connect();
  if (!connection) return std::unexpected(connection.error());
  const bool hours = Clock::now() - hours_rolled_ >= kHoursEvery;
  auto rolled = roll_up_all(*connection, hours);
  if (rolled && hours) hours_rolled_ = Clock::now();
  if (!rolled) {
    const DuckdbFailure why = connection->failure();
    if (why.fatal) invalid_ = true;
    if (const auto there = day_files(options_.folder); there && why.damaged && !why.fatal)
      for (const DayFile& file : damaged_files(files_, *connection, *there)) files_.set_aside(file, why.what);
  }
  std::erase_if(complete_, [&](const DayFile& file) {
    std::error_code none;
    return !std::filesystem::exists(options_.folder / file.name(), none);
  });
  retain(rolled.has_value());
  return rolled;
}

void DuckdbStore::retain(bool rolled) {
  const auto there = day_files(options_.folder);
  if (!there) return;
  std::vector<SizedFile> sized;
  for (const DayFile& file : *there) sized.push_back({file, bytes_of(options_.folder, file)});
  std::vector<DayFile> open;
  {
    const std::lock_guard lock(open_files_mutex_);
    open = open_files_;
    open.insert(open.end(), opened_.begin(), opened_.end());
  }
  // Closed since its day was rolled up, which is therefore to be done again.
  if (rolled)
    for (const DayFile& file : *there)
      if (file.level == FileLevel::kRaw && !complete_.contains(file)) open.push_back(file);
  for (const DayFile& file : std::vector(open))
    if (file.level == FileLevel::kRaw)
      for (const FileLevel level : {FileLevel::kMinute, FileLevel::kHour})
        open.push_back(day_file(level, file.begin()));
  const KeptSpans kept{.raw = std::chrono::days(options_.days),
                       .minute = std::chrono::days(options_.minute_days),
                       .hour = std::chrono::days(options_.hour_days),
                       .most_bytes = options_.most_bytes};
  for (const DayFile& file : outlived(sized, kept, clock_.look(wall_now(), steady_now()), open))
    if (files_.remove(file))
      options_.note(fmt::format("store: {} is over its age or the room there is: removed", file.name()));
  look();
}

StoreStatus DuckdbStore::status() const {
  const RowQueue::Counts counts = queue_.counts();
  StoreStatus status;
  status.folder = options_.folder.native();
  status.engine = engine_;
  status.writing = counts.why_not.empty();
  status.why_not = counts.why_not;
  status.accepted = counts.put;
  status.rows = counts.done;
  status.waiting = counts.put - counts.done;
  status.queued_bytes = counts.bytes;
  status.queue_full = counts.full;
  status.unwritten = counts.unwritten;
  status.set_aside = files_.set_aside();
  status.bytes = bytes_;
  status.most_bytes = options_.most_bytes;
  tally_.tell(status);
  return status;
}

}  // namespace vedette
