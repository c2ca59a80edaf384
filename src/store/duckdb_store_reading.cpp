// What the embedded engine is asked: on the callers' threads, a connection each.
#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "store/duckdb_answer.h"
#include "store/duckdb_flow_search.h"
#include "store/duckdb_parquet.h"
#include "store/duckdb_store.h"
#include "store/recent_flows.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kReaders = 4;
constexpr auto kLongestQuery = 60s;

}  // namespace

Result<DuckdbConnection> DuckdbStore::take_reader() {
  const std::lock_guard lock(readers_mutex_);
  if (reading_.size() == kReaders)
    return busy("store", fmt::format("{} queries are being answered", kReaders));
  if (readers_.empty()) {
    auto made = database_->connect();
    if (!made) return made;
    readers_.push_back(std::move(*made));
  }
  DuckdbConnection reader = std::move(readers_.back());
  readers_.pop_back();
  reading_.emplace(reader.handle(), Clock::now());
  return reader;
}

void DuckdbStore::give_back(DuckdbConnection reader) {
  const std::lock_guard lock(readers_mutex_);
  reading_.erase(reader.handle());
  readers_.push_back(std::move(reader));
}

void DuckdbStore::interrupt_slow() {
  const std::lock_guard lock(readers_mutex_);
  for (const auto& [reader, since] : reading_)
    if (Clock::now() - since > kLongestQuery) library_.interrupt(reader);
}

Result<QueryAnswer> DuckdbStore::answer(const Query& query) {
  return tally_.timed([&] { return answer_now(query); });
}

Result<QueryAnswer> DuckdbStore::answer_now(const Query& query) {
  const std::shared_lock open(database_mutex_);
  if (!database_) return busy("store", "is not open: see the log");
  auto reader = take_reader();
  if (!reader) return std::unexpected(reader.error());
  auto answer = answer_query(files_, *reader, query, sensor_);
  if (!answer && reader->failure().fatal) invalid_ = true;
  const bool interrupted = !answer && reader->failure().what.starts_with("INTERRUPT");
  give_back(std::move(*reader));
  if (interrupted)
    return busy("store",
                fmt::format("the query took more than {} s", std::chrono::seconds(kLongestQuery).count()),
                "ask for a shorter span, or for fewer dimensions");
  return answer;
}

Result<FoundFlows> DuckdbStore::find_flows(const FlowSearch& search) {
  return tally_.timed([&] { return find_flows_now(search); });
}

Result<FoundFlows> DuckdbStore::find_flows_now(const FlowSearch& search) {
  const std::shared_lock open(database_mutex_);
  if (!database_) return busy("store", "is not open: see the log");
  auto reader = take_reader();
  if (!reader) return std::unexpected(reader.error());
  auto flows = search_flows(files_, *reader, search, sensor_);
  const bool failed = !flows && flows.error().kind == ErrorKind::kFailed;
  if (failed && reader->failure().fatal) invalid_ = true;
  const bool interrupted = failed && reader->failure().what.starts_with("INTERRUPT");
  give_back(std::move(*reader));
  if (interrupted)
    return busy("store",
                fmt::format("the search took more than {} s", std::chrono::seconds(kLongestQuery).count()),
                "ask for a shorter span");
  return flows;
}

Result<std::string> DuckdbStore::parquet(const QueryAnswer& answer) {
  const std::shared_lock open(database_mutex_);
  if (!database_) return busy("store", "is not open: see the log");
  auto reader = take_reader();
  if (!reader) return std::unexpected(reader.error());
  auto bytes = parquet_of(*reader, options_.folder, answer);
  give_back(std::move(*reader));
  return bytes;
}

Result<Store::RecentFlows> DuckdbStore::recent_flows(Nanoseconds span) {
  const std::shared_lock open(database_mutex_);
  if (!database_) return busy("store", "is not open: see the log");
  auto reader = take_reader();
  if (!reader) return std::unexpected(reader.error());
  auto flows = read_recent_flows(files_, *reader, span);
  give_back(std::move(*reader));
  return flows;
}

}  // namespace vedette
