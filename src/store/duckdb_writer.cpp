#include "store/duckdb_writer.h"

#include <fmt/format.h>

#include <utility>

#include "store/duckdb_rows.h"

namespace vedette {

void DuckdbWriter::begin(RowBatch batch) {
  for (FlowRow& row : batch.flows)
    left_[day_file(FileLevel::kRaw, row.time)].rows.flows.push_back(std::move(row));
  for (const InterfaceRow& row : batch.interfaces)
    left_[day_file(FileLevel::kRaw, row.time)].rows.interfaces.push_back(row);
  for (FindingRow& row : batch.findings)
    left_[day_file(FileLevel::kFinding, row.finding.detected)].rows.findings.push_back(std::move(row));
  for (const auto& [first, share] : left_) (void)current(first);
}

DayFile DuckdbWriter::current(const DayFile& first) {
  const auto known = current_.find(first);
  if (known != current_.end()) {
    if (first.level != FileLevel::kRaw || bytes_of(files_.folder(), known->second) < part_bytes_)
      return known->second;
    known->second.part++;
    return known->second;
  }
  DayFile file = first;
  if (first.level == FileLevel::kRaw) {
    const DayFile next = next_part(files_.folder(), first);
    // The last part goes on, unless it was set aside.
    file = next;
    if (next.part > 0) {
      DayFile last = next;
      last.part--;
      std::error_code none;
      if (std::filesystem::exists(files_.folder() / last.name(), none)) file = last;
    }
  }
  current_.emplace(first, file);
  return file;
}

Result<std::uint64_t> DuckdbWriter::rows_of(const DayFile& file) {
  const std::string schema = file.schema();
  const auto rows = connection_->number(
      file.level == FileLevel::kFinding
          ? fmt::format("SELECT count(*) FROM {}.findings", schema)
          : fmt::format(
                "SELECT CAST((SELECT count(*) FROM {0}.flows) + (SELECT count(*) FROM {0}.interfaces) AS "
                "BIGINT)",
                schema));
  if (!rows) return std::unexpected(rows.error());
  return rows->value_or(0);
}

Result<void> DuckdbWriter::write_share(const DayFile& first, Share& share) {
  if (!share.before) share.file = current(first);
  const auto pinned = files_.pin(share.file, true);
  if (!pinned) return std::unexpected(pinned.error());
  if (!*pinned) {
    // The file was damaged and is set aside, with what was committed to it.
    share.before.reset();
    current_[first] = next_part(files_.folder(), share.file);
    return write_share(first, share);
  }
  const auto rows = rows_of(share.file);
  if (!rows) return std::unexpected(rows.error());
  if (share.before && *rows == *share.before + share.rows.size()) return {};
  share.before.reset();
  if (auto begun = connection_->run("BEGIN TRANSACTION"); !begun) return begun;
  auto appended = append_rows(*connection_, share.file.schema(), share.rows);
  if (!appended) {
    const DuckdbFailure why = connection_->failure();
    (void)connection_->run("ROLLBACK");
    return connection_->fail(why.what, why.fatal);
  }
  share.before = *rows;
  auto committed = connection_->run("COMMIT");
  if (committed) return committed;
  const DuckdbFailure why = connection_->failure();
  (void)connection_->run("ROLLBACK");
  return connection_->fail(why.what, why.fatal);
}

Result<void> DuckdbWriter::write() {
  if (!connection_) return failed("store", "is not open");
  while (!left_.empty()) {
    const auto next = left_.begin();
    if (auto done = write_share(next->first, next->second); !done) return done;
    written_ += next->second.rows.size();
    left_.erase(next);
  }
  return {};
}

std::vector<DayFile> DuckdbWriter::open_files() const {
  std::vector<DayFile> files;
  for (const auto& [first, file] : current_) files.push_back(file);
  return files;
}

void DuckdbWriter::close_before(Nanoseconds time) {
  std::erase_if(current_, [&](const auto& one) { return one.second.end() < time; });
}

}  // namespace vedette
