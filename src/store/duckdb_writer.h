// Writes batches of rows into the files of their days, exactly once, whatever fails on the way.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/duckdb_files.h"
#include "store/row_batch.h"

namespace vedette {

// One thread.
class DuckdbWriter {
 public:
  // `part_bytes`: a day's file that has grown to this goes on in another one.
  DuckdbWriter(DuckdbFiles& files, std::uint64_t part_bytes) : files_(files), part_bytes_(part_bytes) {}

  // From now on by this connection; the one before, if any, is gone.
  void use(DuckdbConnection connection) { connection_.emplace(std::move(connection)); }
  void forget() { connection_.reset(); }

  // What is to be written next; nothing may be left of the batch before.
  void begin(RowBatch batch);
  // Commits what is left, file by file; a row that was committed isn't written again, whatever happens.
  [[nodiscard]] Result<void> write();
  [[nodiscard]] bool empty() const { return left_.empty(); }
  // Rows committed since the last call.
  [[nodiscard]] std::size_t take_written() { return std::exchange(written_, 0); }

  [[nodiscard]] DuckdbConnection& connection() { return *connection_; }

  // Files that rows are being written into.
  [[nodiscard]] std::vector<DayFile> open_files() const;
  // Forgets days that rows no longer come for.
  void close_before(Nanoseconds time);

 private:
  struct Share {
    RowBatch rows;
    // How many rows the tables had when a commit whose outcome is unknown began.
    std::optional<std::uint64_t> before;
    DayFile file;
  };

  [[nodiscard]] DayFile current(const DayFile& first);
  [[nodiscard]] Result<void> write_share(const DayFile& first, Share& share);
  [[nodiscard]] Result<std::uint64_t> rows_of(const DayFile& file);

  DuckdbFiles& files_;
  std::uint64_t part_bytes_;
  std::optional<DuckdbConnection> connection_;
  std::map<DayFile, Share> left_;       // by the first part's name
  std::map<DayFile, DayFile> current_;  // likewise: the part that is written now
  std::size_t written_ = 0;
};

}  // namespace vedette
