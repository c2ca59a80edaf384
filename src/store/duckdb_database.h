// DuckDB's database, connections, statements and batches of rows as values that close what they opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/cube.h"
#include "store/duckdb_library.h"
#include "store/query.h"

namespace vedette {

// What a query gave, read chunk by chunk. One thread.
class DuckdbResult {
 public:
  DuckdbResult(const DuckdbLibrary& library, duckdb_result result) : library_(&library), result_(result) {}
  DuckdbResult(DuckdbResult&& other) noexcept
      : library_(other.library_), result_(std::exchange(other.result_, duckdb_result{})) {}
  DuckdbResult& operator=(DuckdbResult&&) = delete;
  ~DuckdbResult() { library_->destroy_result(&result_); }

  [[nodiscard]] std::size_t columns() { return library_->column_count(&result_); }

  // A value as it is stored: numbers of 64 bits and fewer, texts, reals, flags; a 128-bit one (an address) is
  // `wide`. Nothing where it is NULL.
  struct Value {
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view,
                 unsigned __int128>
        is;
  };

  // Calls take(row) for each; the texts are valid during the call. Fails where a chunk can't be read.
  template <typename Take>
  void for_each(const Take& take) {
    std::vector<Value> row(columns());
    while (duckdb_data_chunk chunk = library_->fetch_chunk(result_)) {
      const idx_t rows = library_->data_chunk_get_size(chunk);
      for (idx_t i = 0; i < rows; i++) {
        for (std::size_t column = 0; column < row.size(); column++) row[column] = value(chunk, column, i);
        take(std::span<const Value>(row));
      }
      library_->destroy_data_chunk(&chunk);
    }
  }

 private:
  [[nodiscard]] Value value(duckdb_data_chunk chunk, std::size_t column, idx_t row);

  const DuckdbLibrary* library_;
  duckdb_result result_{};
};

// What a statement failed by.
struct DuckdbFailure {
  std::string what;
  bool fatal = false;    // the database must be opened anew
  bool damaged = false;  // a file holds what can't be read
};

class DuckdbDatabase;

// One thread at a time, save for interrupt().
class DuckdbConnection {
 public:
  DuckdbConnection(DuckdbConnection&& other) noexcept
      : library_(other.library_), connection_(std::exchange(other.connection_, nullptr)) {}
  DuckdbConnection& operator=(DuckdbConnection&&) = delete;
  ~DuckdbConnection() {
    if (connection_) library_->disconnect(&connection_);
  }

  // Statements, divided by semicolons; the last one's result.
  [[nodiscard]] Result<DuckdbResult> query(const std::string& sql);
  [[nodiscard]] Result<void> run(const std::string& sql);
  // The first value of the first row; nothing where there is none.
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(const std::string& sql);

  // Of the last statement that failed.
  [[nodiscard]] const DuckdbFailure& failure() const { return failure_; }
  void interrupt() { library_->interrupt(connection_); }

  [[nodiscard]] const DuckdbLibrary& library() const { return *library_; }
  [[nodiscard]] duckdb_connection handle() const { return connection_; }
  // Notes what a call failed by, and gives it back.
  [[nodiscard]] std::unexpected<Error> fail(std::string what, bool fatal = false);

 private:
  friend DuckdbDatabase;
  DuckdbConnection(const DuckdbLibrary& library, duckdb_connection connection)
      : library_(&library), connection_(connection) {}

  const DuckdbLibrary* library_;
  duckdb_connection connection_;
  DuckdbFailure failure_;
};

struct DuckdbOptions {
  std::filesystem::path folder;  // all that it may read and write
  std::uint64_t memory_bytes = 0;
  std::uint32_t threads = 1;
};

// One database in memory, to which files are attached. Any thread; its own threads have the privileges of the
// one that opens it.
class DuckdbDatabase {
 public:
  [[nodiscard]] static Result<std::unique_ptr<DuckdbDatabase>> open(const DuckdbLibrary& library,
                                                                    const DuckdbOptions& options);
  DuckdbDatabase(const DuckdbDatabase&) = delete;
  DuckdbDatabase& operator=(const DuckdbDatabase&) = delete;
  // After all connections.
  ~DuckdbDatabase() { library_.close(&database_); }

  [[nodiscard]] Result<DuckdbConnection> connect();
  [[nodiscard]] const DuckdbLibrary& library() const { return library_; }

 private:
  explicit DuckdbDatabase(const DuckdbLibrary& library) : library_(library) {}

  DuckdbLibrary library_;
  duckdb_database database_ = nullptr;
};

}  // namespace vedette
