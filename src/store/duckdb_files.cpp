#include "store/duckdb_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "store/query_sql.h"

namespace vedette {

namespace {

constexpr std::size_t kSpare = 48;  // attached files that nobody uses: some 100 KB each

std::string tables_of(const DayFile& file) {
  switch (file.level) {
    case FileLevel::kRaw:
      return create_raw_tables(file.schema());
    case FileLevel::kFinding:
      return create_finding_table(file.schema());
    default:
      return create_cubes(file.schema());
  }
}

}  // namespace

Result<void> DuckdbFiles::use(DuckdbDatabase& database) {
  auto connection = database.connect();
  if (!connection) return std::unexpected(connection.error());
  const std::lock_guard lock(mutex_);
  connection_.emplace(std::move(*connection));
  attached_.clear();
  return {};
}

void DuckdbFiles::forget() {
  const std::lock_guard lock(mutex_);
  connection_.reset();
  attached_.clear();
}

Result<void> DuckdbFiles::attach(const DayFile& file, bool read_only) {
  const std::string schema = file.schema();
  const std::filesystem::path path = folder_ / file.name();
  std::error_code none;
  if (!std::filesystem::exists(path, none)) std::filesystem::remove(path.native() + ".wal", none);
  auto attached = connection_->run(
      fmt::format("ATTACH {} AS {}{}", sql_text(path.native()), schema, read_only ? " (READ_ONLY)" : ""));
  if (!attached || read_only) return attached;
  auto made = connection_->run(tables_of(file));
  if (made) return {};
  const DuckdbFailure why = connection_->failure();
  (void)connection_->run(fmt::format("DETACH {}", schema));
  return connection_->fail(why.what, why.fatal);
}

Result<std::optional<DuckdbFiles::Pin>> DuckdbFiles::pin(const DayFile& file, bool make) {
  const std::lock_guard lock(mutex_);
  if (!connection_) return failed("store", "is not open");
  auto known = attached_.find(file);
  if (known != attached_.end() && make && known->second.read_only && known->second.pins == 0) {
    (void)connection_->run(fmt::format("DETACH {}", file.schema()));
    attached_.erase(known);
    known = attached_.end();
  }
  if (known == attached_.end()) {
    std::error_code none;
    if (!make && !std::filesystem::exists(folder_ / file.name(), none)) return std::optional<Pin>();
    State state;
    auto attached = attach(file, false);
    if (!attached && connection_->failure().damaged) {
      rename_away(file, connection_->failure().what);
      // What is rolled up of a file is known by its name: another one of that name would be skipped.
      if (!make || file.level == FileLevel::kRaw) return std::optional<Pin>();
      attached = attach(file, false);
    } else if (!attached && !make && !connection_->failure().fatal) {
      state.read_only = true;
      attached = attach(file, true);
    }
    if (!attached) return failed((folder_ / file.name()).native(), attached.error().what);
    known = attached_.emplace(file, state).first;
    detach_spare();
  }
  known->second.pins++;
  known->second.used = ++uses_;
  return std::optional<Pin>(std::in_place, *this, file);
}

void DuckdbFiles::detach_spare() {
  while (attached_.size() > kSpare) {
    auto oldest = attached_.end();
    for (auto one = attached_.begin(); one != attached_.end(); ++one)
      if (one->second.pins == 0 && one->second.used != 0 &&
          (oldest == attached_.end() || one->second.used < oldest->second.used))
        oldest = one;
    if (oldest == attached_.end()) return;
    if (!connection_->run(fmt::format("DETACH {}", oldest->first.schema()))) return;
    attached_.erase(oldest);
  }
}

void DuckdbFiles::unpin(const DayFile& file) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = attached_.find(file);
    if (known != attached_.end() && known->second.pins > 0) known->second.pins--;
  }
  unpinned_.notify_all();
}

void DuckdbFiles::rename_away(const DayFile& file, const std::string& why) {
  const std::filesystem::path path = folder_ / file.name();
  std::error_code error;
  for (int number = 0;; number++) {
    const std::string ending = fmt::format(".damaged-{}", number);
    const std::filesystem::path aside = path.native() + ending;
    if (std::filesystem::exists(aside, error)) continue;
    // Its log first: left alone it would be taken for that of the file's successor.
    std::error_code none;
    std::filesystem::rename(path.native() + ".wal", aside.native() + ".wal", none);
    std::filesystem::rename(path, aside, error);
    note_(fmt::format("store: {} can't be read and was set aside as {}: {}{}", path.native(), aside.native(),
                      why, error ? fmt::format("; it can't be renamed: {}", error.message()) : ""));
    break;
  }
  set_aside_++;
}

void DuckdbFiles::set_aside(const DayFile& file, const std::string& why) {
  std::unique_lock lock(mutex_);
  unpinned_.wait(lock, [&] {
    const auto known = attached_.find(file);
    return known == attached_.end() || known->second.pins == 0;
  });
  const auto known = attached_.find(file);
  if (known == attached_.end()) return;  // another thread did
  if (connection_) (void)connection_->run(fmt::format("DETACH {}", file.schema()));
  attached_.erase(known);
  rename_away(file, why);
}

bool DuckdbFiles::remove(const DayFile& file) {
  const std::lock_guard lock(mutex_);
  const auto known = attached_.find(file);
  if (known != attached_.end()) {
    if (known->second.pins != 0) return false;
    if (connection_ && !connection_->run(fmt::format("DETACH {}", file.schema()))) return false;
    attached_.erase(known);
  }
  std::error_code error;
  const std::filesystem::path path = folder_ / file.name();
  std::filesystem::remove(path.native() + ".wal", error);
  std::filesystem::remove(path, error);
  return !error;
}

std::uint64_t DuckdbFiles::set_aside() const {
  const std::lock_guard lock(mutex_);
  return set_aside_;
}

}  // namespace vedette
