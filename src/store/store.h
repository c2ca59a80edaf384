// Remembers what the sensor saw, and answers queries over it. An engine stands behind it: the embedded one is
// store/duckdb_store.h, the one for a cluster store/clickhouse_store.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/host_name.h"
#include "base/units.h"
#include "detect/finding.h"
#include "store/flow_search.h"
#include "store/query.h"
#include "store/row.h"

namespace vedette {

struct StoreOptions {
  std::filesystem::path folder;  // of the files; of a cluster: where rows wait that it doesn't have yet
  // ClickHouse's addresses, "http://HOST:8123/DATABASE", any of which takes the rows; none: the embedded
  // engine.
  std::vector<std::string> servers;
  std::string cluster;             // one of the servers' remote_servers; empty: there is one server
  std::string password;            // of the user that the addresses name
  std::string sensor;              // whose rows these are; empty: the host's name
  std::string library;             // DuckDB's; empty: where it is installed
  std::uint32_t days = 7;          // flows as they were, and interfaces by the second
  std::uint32_t minute_days = 35;  // roll-ups by the minute
  std::uint32_t hour_days = 800;   // by the hour, and findings
  std::uint64_t most_bytes = std::uint64_t{4} << 30;  // of all files together; of a cluster: that wait for it
  std::uint64_t memory_bytes = std::uint64_t{384} << 20;
  std::uint32_t threads = 2;                                // that answer queries
  std::size_t queue_rows = 131'072;                         // that wait to be written at most
  Nanoseconds clock_trusted_after = std::chrono::hours(1);  // before anything goes for its age
  // Called from the store's thread with a line for the log.
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

// Whose rows they are: "-" where the host has no name.
[[nodiscard]] inline std::string sensor_of(const StoreOptions& options) {
  if (!options.sensor.empty()) return options.sensor;
  const std::string name = host_name();
  return name.empty() ? "-" : name;
}

// What is kept together and goes by the same age: of the embedded engine the files of one level ("raw",
// "minute", "hour", "finding"), of a server's one table, with all sensors' rows and all shards'.
struct StoredTable {
  std::string name;
  std::uint64_t bytes = 0;            // on the disk, compressed
  std::optional<Nanoseconds> oldest;  // where its oldest day or month begins, since the epoch
  std::uint32_t days = 0;             // that it is kept for; 0: it doesn't go by its age
};

struct StoreQueries {
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;  // too many ran, or the store wasn't open
  std::uint64_t failed = 0;
  Nanoseconds spent{};  // on all of them
};

struct DiskRoom {
  std::uint64_t free_bytes = 0;  // that a process without privileges may take
  std::uint64_t bytes = 0;
};

struct StoreStatus {
  std::string folder;
  std::string engine;               // "duckdb v1.5.5"
  bool writing = true;              // the latest attempt to write succeeded
  std::string why_not;              // else
  std::uint64_t accepted = 0;       // rows that found room in the queue, since the start
  std::uint64_t rows = 0;           // written and acknowledged, since the start
  std::uint64_t waiting = 0;        // to be written: in the queue and in the spool
  std::uint64_t queued_bytes = 0;   // memory of those in the queue, without their texts
  std::uint64_t spooled_rows = 0;   // of a server's: in files that it doesn't have yet
  std::uint64_t spooled_bytes = 0;  // of these files
  std::uint64_t queue_full = 0;     // rows lost as too many waited
  std::uint64_t unwritten = 0;      // rows lost as the folder could not be written
  std::uint64_t set_aside = 0;      // files that could not be read
  std::uint64_t bytes = 0;          // of all files of the folder
  std::uint64_t most_bytes = 0;
  std::optional<Nanoseconds> last_write;  // since the epoch
  std::uint64_t failed_writes = 0;        // attempts, since the start
  StoreQueries queries;                   // since the start
  // As of the latest seconds, of a server's tables the latest minute; empty before the first look.
  std::vector<StoredTable> tables;
  std::optional<DiskRoom> disk;  // that the folder lies on
};

// Any thread.
class Store {
 public:
  virtual ~Store() = default;

  // Never wait; what doesn't fit is counted in status().
  virtual void put(FlowRow row) = 0;
  virtual void put(const InterfaceRow& row) = 0;
  virtual void put(const Finding& finding) = 0;

  // Waits until all that was put before is on the disk, and with the server where there is one that answers.
  // Failed where it can't be written.
  [[nodiscard]] virtual Result<void> flush() = 0;

  // Of what was written: rows wait two seconds at most. Busy where too many queries run.
  [[nodiscard]] virtual Result<QueryAnswer> answer(const Query& query) = 0;

  // Flows one by one, likewise. Unusable where the filter or the sort is.
  [[nodiscard]] virtual Result<FoundFlows> find_flows(const FlowSearch& search) = 0;

  // An answer as a Parquet file's bytes.
  [[nodiscard]] virtual Result<std::string> parquet(const QueryAnswer& answer) = 0;

  // Flows of the latest rows' time and so long before it, for a sensor that goes on where another was ended;
  // `since`: that span's begin. At the start, before anything is put.
  struct RecentFlows {
    Nanoseconds since{};
    std::vector<StoredFlow> flows;
  };
  [[nodiscard]] virtual Result<RecentFlows> recent_flows(Nanoseconds span) = 0;

  [[nodiscard]] virtual StoreStatus status() const = 0;
};

}  // namespace vedette
