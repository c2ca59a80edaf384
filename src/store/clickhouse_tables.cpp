#include "store/clickhouse_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "store/row_binary.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr std::array kSources{QuerySource::kFlows, QuerySource::kFindings, QuerySource::kInterfaces};
constexpr std::array kRolledLevels{FileLevel::kMinute, FileLevel::kHour};
// A DateTime ends in 2106: with more, what is young would be taken for old.
constexpr std::uint32_t kMostDays = 50 * 365;

struct Column {
  std::string name, type;
};

// Texts of which there are few.
bool has_few(std::string_view name) {
  constexpr std::array kMany{std::string_view("id"),       std::string_view("why"),
                             std::string_view("src_name"), std::string_view("dst_name"),
                             std::string_view("cgroup"),   std::string_view("src_prefix")};
  return std::ranges::find(kMany, name) == kMany.end();
}

class Tables {
 public:
  explicit Tables(const ClickhouseLayout& layout) : layout_(layout) {}

  [[nodiscard]] std::vector<std::string> statements() {
    made_.push_back(fmt::format("CREATE DATABASE IF NOT EXISTS {}", layout_.database));
    for (const QuerySource source : kSources) {
      const FileLevel level = level_of_table(raw_table(source));
      std::vector<Column> columns = marked();
      for (const BinaryColumn& column : binary_columns(source))
        columns.push_back({column.name, type_of(column)});
      create(raw_table(source), columns, engine("", raw_table(source)), ordered("time_ns", level));
    }
    for (const Cube& cube : cubes())
      for (const FileLevel level : kRolledLevels) {
        const std::string name = rolled_table(cube, level);
        create(name, cube_columns(cube), engine("", name), ordered("time_ns", level));
      }
    create(kAbandonedTable, {{"block", "UInt64"}, {"stream", "UInt64"}, {"time_ns", "Int64"}},
           engine("", kAbandonedTable), "ORDER BY (block)");
    create(kProgressTable,
           {{"stream", "UInt64"}, {"level", "UInt8"}, {"source", "UInt8"}, {"upto", "UInt64"}},
           engine("upto", kProgressTable), "ORDER BY (stream, level, source)");
    return std::move(made_);
  }

  [[nodiscard]] std::vector<AddedColumn> added() const {
    std::vector<AddedColumn> all;
    for (const QuerySource source : kSources)
      add(all, source, raw_table(source), std::string(raw_table(source)));
    for (const Cube& cube : cubes())
      for (const FileLevel level : kRolledLevels)
        add(all, cube.source, cube.table, rolled_table(cube, level));
    return all;
  }

 private:
  void add(std::vector<AddedColumn>& all, QuerySource source, std::string_view table,
           const std::string& name) const {
    for (const LaterColumn& later : later_columns())
      for (const BinaryColumn& column : binary_columns(source))
        if (later.table == table && later.column == column.name)
          all.push_back({.table = name, .name = column.name, .type = type_of(column)});
  }

  [[nodiscard]] std::string type_of(const BinaryColumn& column) const {
    std::string type = column.nullable ? fmt::format("Nullable({})", column.type) : column.type;
    // Both came with 19.1.
    if (layout_.version.since(19, 1) && column.type == "String" && has_few(column.name))
      type = fmt::format("LowCardinality({})", type);
    return type;
  }

  [[nodiscard]] std::string time_type() const {
    return layout_.version.since(19, 6) ? "Int64 CODEC(DoubleDelta, LZ4)" : "Int64";
  }

  [[nodiscard]] std::vector<Column> marked() const {
    std::vector<Column> columns;
    for (const BinaryColumn& column : mark_columns()) columns.push_back({column.name, type_of(column)});
    return columns;
  }

  [[nodiscard]] std::vector<Column> cube_columns(const Cube& cube) const {
    std::vector<Column> columns = marked();
    columns.push_back({"time_ns", "Int64"});
    for (const std::string_view dimension : cube.dimensions)
      for (const BinaryColumn& column : binary_columns(cube.source))
        if (column.name == dimension) columns.push_back({column.name, type_of(column)});
    for (const Field& field : fields(cube.source)) {
      if (field.use & kSum) columns.push_back({std::string(field.column), "Int64"});
      if (!(field.use & kSampled)) continue;
      for (const char* of : {"_sum", "_count"}) columns.push_back({std::string(field.column) + of, "Int64"});
      for (const char* of : {"_min", "_max"})
        columns.push_back({std::string(field.column) + of, "Nullable(Int64)"});
    }
    return columns;
  }

  // `version`: the column by which of rows with one key the last is kept; empty: all are.
  [[nodiscard]] std::string engine(std::string_view version, std::string_view table) const {
    const std::string_view kind = version.empty() ? "" : "Replacing";
    if (!layout_.replicated) return fmt::format("{}MergeTree({})", kind, version);
    return fmt::format("Replicated{}MergeTree('/clickhouse/tables/{{shard}}/{}/{}', '{{replica}}'{}{})", kind,
                       layout_.database, table, version.empty() ? "" : ", ", version);
  }

  [[nodiscard]] static std::string ordered(std::string_view by, FileLevel level) {
    return fmt::format("PARTITION BY intDiv(time_ns, {}) ORDER BY ({})", partition_length(level).count(), by);
  }

  void create(std::string_view table, const std::vector<Column>& columns, const std::string& engine,
              const std::string& order) {
    std::string list;
    for (const Column& column : columns)
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", column.name,
                          column.name == "time_ns" ? time_type() : column.type);
    std::string settings = "index_granularity = 8192";
    // By the token of the same request, which a proxy might send twice.
    if (!layout_.replicated && layout_.version.since(22, 2))
      settings += ", non_replicated_deduplication_window = 1000";
    made_.push_back(fmt::format("CREATE TABLE IF NOT EXISTS {} ({}) ENGINE = {} {}{} SETTINGS {}",
                                layout_.own(table), list, engine, order, goes_by_age(table), settings));
    if (!layout_.cluster.empty())
      made_.push_back(fmt::format("CREATE TABLE IF NOT EXISTS {} AS {} ENGINE = Distributed({}, {}, {})",
                                  layout_.all(table), layout_.own(table), layout_.cluster, layout_.database,
                                  table));
  }

  [[nodiscard]] std::string goes_by_age(std::string_view table) const {
    if (!layout_.version.since(19, 6)) return {};
    for (const AgingTable& one : aging_tables(layout_))
      if (one.name == table) return " " + time_to_live(one);
    return {};
  }

  const ClickhouseLayout& layout_;
  std::vector<std::string> made_;
};

}  // namespace

std::string time_to_live(const AgingTable& table) {
  return fmt::format("TTL toDateTime(intDiv(time_ns, 1000000000)) + toIntervalDay({})",
                     std::min(table.days, kMostDays));
}

std::string ClickhouseLayout::own(std::string_view table) const {
  return fmt::format("{}.{}", database, table);
}

std::string ClickhouseLayout::all(std::string_view table) const {
  return fmt::format("{}.{}{}", database, table, cluster.empty() ? "" : "_all");
}

std::string ClickhouseLayout::counted() const {
  return fmt::format("block GLOBAL NOT IN (SELECT block FROM {})", all(kAbandonedTable));
}

std::string rolled_table(const Cube& cube, FileLevel level) {
  return fmt::format("{}_{}", level == FileLevel::kMinute ? "minute" : "hour", cube.table);
}

FileLevel level_of_table(std::string_view table) {
  if (table.starts_with("minute_")) return FileLevel::kMinute;
  if (table.starts_with("hour_")) return FileLevel::kHour;
  return table == raw_table(QuerySource::kFindings) ? FileLevel::kFinding : FileLevel::kRaw;
}

Nanoseconds partition_length(FileLevel level) {
  const bool days = level == FileLevel::kRaw || level == FileLevel::kMinute;
  return std::chrono::days(days ? 1 : 30);
}

std::vector<std::string> create_statements(const ClickhouseLayout& layout) {
  return Tables(layout).statements();
}

std::vector<AddedColumn> added_columns(const ClickhouseLayout& layout) {
  return Tables(layout).added();
}

std::vector<AgingTable> aging_tables(const ClickhouseLayout& layout) {
  std::vector<AgingTable> all{
      {"flows", layout.raw_days}, {"interfaces", layout.raw_days}, {"findings", layout.hour_days}};
  for (const Cube& cube : cubes()) {
    all.push_back({rolled_table(cube, FileLevel::kMinute), layout.minute_days});
    all.push_back({rolled_table(cube, FileLevel::kHour), layout.hour_days});
  }
  return all;
}

namespace {

// The rows that it is of.
std::string rolled_rows(const ClickhouseLayout& layout, QuerySource source, const ClickhouseRollUp& roll_up) {
  return fmt::format(
      "{} WHERE stream = {} AND seq > {} AND seq <= {} AND time_ns >= {} AND time_ns <= {} AND {}",
      layout.all(raw_table(source)), roll_up.stream, roll_up.from, roll_up.upto, roll_up.begin.count(),
      roll_up.end.count(), layout.counted());
}

}  // namespace

std::string next_block_statement(const ClickhouseLayout& layout, QuerySource source,
                                 const ClickhouseRollUp& roll_up) {
  return "SELECT min(seq) FROM " + rolled_rows(layout, source, roll_up);
}

std::string roll_up_statement(const ClickhouseLayout& layout, const Cube& cube,
                              const ClickhouseRollUp& roll_up) {
  const std::int64_t step = Nanoseconds(roll_up.level == FileLevel::kMinute ? 1min : 1h).count();
  std::string names = "sensor, stream, seq, block, time_ns", values, groups = "t";
  for (const std::string_view dimension : cube.dimensions) {
    names += fmt::format(", {}", dimension);
    values += fmt::format(", {}", dimension);
    groups += fmt::format(", {}", dimension);
  }
  for (const Field& field : fields(cube.source)) {
    const std::string_view name = field.column;
    if (field.use & kSum) {
      names += fmt::format(", {}", name);
      values += fmt::format(", sum({})", name);
    }
    if (!(field.use & kSampled)) continue;
    names += fmt::format(", {0}_sum, {0}_count, {0}_min, {0}_max", name);
    values += fmt::format(", sum(ifNull({0}, 0)), count({0}), min({0}), max({0})", name);
  }
  return fmt::format(
      "INSERT INTO {} ({}) SELECT {}, toUInt64({}), toUInt64({}), toUInt64({}), intDiv(time_ns, {}) * {} AS "
      "t{} FROM {} GROUP BY {}",
      layout.own(rolled_table(cube, roll_up.level)), names, clickhouse_text(roll_up.sensor), roll_up.stream,
      roll_up.upto, roll_up.block, step, step, values, rolled_rows(layout, cube.source, roll_up), groups);
}

}  // namespace vedette
