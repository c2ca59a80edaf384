#include "store/roll_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "store/duckdb_answer.h"

namespace vedette {

namespace {

// Whether there are more rows.
Result<bool> roll_up_source(DuckdbConnection& connection, const DayFile& raw, const DayFile& into,
                            QuerySource source, std::uint64_t rows_at_once) {
  const auto done = rolled_up(connection, into, raw, source);
  if (!done) return std::unexpected(done.error());
  const auto rows =
      connection.number(fmt::format("SELECT count(*) FROM {}.{}", raw.schema(), raw_table(source)));
  if (!rows) return std::unexpected(rows.error());
  const std::uint64_t there = rows->value_or(0);
  if (there <= *done) return false;
  const std::uint64_t all = std::min(there, *done + rows_at_once);
  const std::string from = raw.schema(), to = into.schema();
  const Nanoseconds step =
      into.level == FileLevel::kMinute ? Nanoseconds(std::chrono::minutes(1)) : std::chrono::hours(1);
  const RollUpSpan span{.from = from, .to = to, .first = *done, .last = all, .step = step};
  for (const Cube& cube : cubes()) {
    if (cube.source != source) continue;
    if (auto rolled = connection.run(roll_up_sql(cube, span)); !rolled)
      return std::unexpected(rolled.error());
  }
  const auto noted = connection.run(
      fmt::format("DELETE FROM {0}.progress WHERE file = '{1}' AND source = '{2}'; INSERT INTO {0}.progress "
                  "VALUES ('{1}', "
                  "'{2}', {3})",
                  to, from, raw_table(source), all));
  if (!noted) return std::unexpected(noted.error());
  return all < there;
}

}  // namespace

Result<void> roll_up(DuckdbFiles& files, DuckdbConnection& connection, const DayFile& raw, FileLevel level,
                     std::uint64_t rows_at_once) {
  const DayFile into = day_file(level, raw.begin());
  const auto from = files.pin(raw, false);
  if (!from) return std::unexpected(from.error());
  if (!*from) return {};
  const auto to = files.pin(into, true);
  if (!to) return std::unexpected(to.error());
  if (!*to) return {};
  for (bool more = true; more;) {
    more = false;
    if (auto begun = connection.run("BEGIN TRANSACTION"); !begun) return begun;
    for (const QuerySource source : std::array{QuerySource::kFlows, QuerySource::kInterfaces}) {
      const auto rolled = roll_up_source(connection, raw, into, source, rows_at_once);
      if (!rolled) {
        const DuckdbFailure why = connection.failure();
        (void)connection.run("ROLLBACK");
        return connection.fail(why.what, why.fatal);
      }
      more |= *rolled;
    }
    if (auto committed = connection.run("COMMIT"); !committed) return committed;
    connection.library().release_memory();
  }
  return {};
}

}  // namespace vedette
