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

template <typename Found>
Result<Found> DuckdbStore::read(const std::function<Result<Found>(DuckdbConnection&)>& ask) {
  const std::shared_lock open(database_mutex_);
  if (!database_) return busy("store", "is not open: see the log");
  auto reader = take_reader();
  if (!reader) return std::unexpected(reader.error());
  auto found = ask(*reader);
  // What the connection failed by may be of an earlier question, where this one was unusable.
  const bool failed = !found && found.error().kind == ErrorKind::kFailed;
  if (failed && reader->failure().fatal) invalid_ = true;
  const bool interrupted = failed && reader->failure().what.starts_with("INTERRUPT");
  give_back(std::move(*reader));
  if (interrupted)
    return busy("store",
                fmt::format("the query took more than {} s", std::chrono::seconds(kLongestQuery).count()),
                "ask for a shorter span, or for fewer dimensions");
  return found;
}

Result<QueryAnswer> DuckdbStore::answer(const Query& query) {
  return tally_.timed([&] {
    return read<QueryAnswer>(
        [&](DuckdbConnection& reader) { return answer_query(files_, reader, query, sensor_); });
  });
}

Result<FoundFlows> DuckdbStore::find_flows(const FlowSearch& search) {
  return tally_.timed([&] {
    return read<FoundFlows>(
        [&](DuckdbConnection& reader) { return search_flows(files_, reader, search, sensor_); });
  });
}

Result<std::string> DuckdbStore::parquet(const QueryAnswer& answer) {
  return read<std::string>(
      [&](DuckdbConnection& reader) { return parquet_of(reader, options_.folder, answer); });
}

Result<Store::RecentFlows> DuckdbStore::recent_flows(Nanoseconds span) {
  return read<RecentFlows>([&](DuckdbConnection& reader) { return read_recent_flows(files_, reader, span); });
}

}  // namespace vedette
