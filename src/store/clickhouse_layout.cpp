#include "store/clickhouse_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace vedette {

namespace {

// Lines of columns, as TabSeparated has them; none of these values needs escaping.
std::vector<std::vector<std::string>> lines_of(std::string_view text) {
  std::vector<std::vector<std::string>> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    std::vector<std::string>& columns = lines.emplace_back();
    for (;;) {
      const std::size_t tab = line.find('\t');
      columns.emplace_back(line.substr(0, tab));
      if (tab == std::string_view::npos) break;
      line.remove_prefix(tab + 1);
    }
  }
  return lines;
}

std::int64_t number_in(const std::string& text) {
  std::int64_t number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Of one server, or of one replica of each shard.
std::string parts_of(const ClickhouseLayout& layout) {
  return layout.cluster.empty() ? "system.parts"
                                : fmt::format("cluster('{}', system, parts)", layout.cluster);
}

// Whether rows can be replicated: a ZooKeeper or Keeper is there, and the server knows its place.
Result<bool> can_replicate(ClickhouseServer& server) {
  const auto keeper =
      server.number("SELECT count() FROM system.tables WHERE database = 'system' AND name = 'zookeeper'");
  if (!keeper) return std::unexpected(keeper.error());
  if (*keeper == 0) return false;
  const auto macros = server.number("SELECT count() FROM system.macros WHERE macro IN ('shard', 'replica')");
  if (!macros) return std::unexpected(macros.error());
  return *macros == 2;
}

// Where a table was made by a sensor that didn't know them.
Result<void> add_columns(ClickhouseServer& server, const ClickhouseLayout& layout) {
  for (const AddedColumn& column : added_columns(layout)) {
    std::vector<std::string> tables{layout.own(column.table)};
    if (!layout.cluster.empty()) tables.push_back(layout.all(column.table));
    for (const std::string& table : tables) {
      const auto is_there = [&] {
        return server.number(
            fmt::format("SELECT count() FROM system.columns WHERE concat(database, '.', table) = '{}' AND "
                        "name = '{}'",
                        table, column.name));
      };
      const auto there = is_there();
      if (!there) return std::unexpected(there.error());
      if (*there != 0) continue;
      const auto added =
          server.ask(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", table, column.name, column.type));
      // Another sensor may have been faster.
      if (const auto now = is_there(); !added && (!now || *now == 0)) return std::unexpected(added.error());
    }
  }
  return {};
}

// Where the days were changed since the table was made.
Result<void> renew_ages(ClickhouseServer& server, const ClickhouseLayout& layout) {
  for (const AgingTable& table : aging_tables(layout)) {
    const std::string age = time_to_live(table);
    const auto same = server.number(
        fmt::format("SELECT count() FROM system.tables WHERE database = '{}' AND name = '{}' AND "
                    "position(engine_full, '{}') > 0",
                    layout.database, table.name, age));
    if (!same) return std::unexpected(same.error());
    if (*same != 0) continue;
    const auto changed = server.ask(fmt::format("ALTER TABLE {} MODIFY {}", layout.own(table.name), age));
    if (!changed) return std::unexpected(changed.error());
  }
  return {};
}

}  // namespace

Result<ClickhouseLayout> prepare_server(ClickhouseServer& server, const StoreOptions& options) {
  ClickhouseLayout layout{.database = server.address().database,
                          .cluster = options.cluster,
                          .replicated = false,
                          .version = {},
                          .raw_days = options.days,
                          .minute_days = options.minute_days,
                          .hour_days = options.hour_days};
  const auto version = server.version();
  if (!version) return std::unexpected(version.error());
  layout.version = *version;
  if (!layout.version.since(18, 16))
    return failed(server.address().shown(), fmt::format("expected ClickHouse 18.16 or later, found {}.{}",
                                                        version->major, version->minor));
  if (!layout.cluster.empty()) {
    const auto known = server.number(fmt::format("SELECT count() FROM system.clusters WHERE cluster = {}",
                                                 clickhouse_text(layout.cluster)));
    if (!known) return std::unexpected(known.error());
    if (*known == 0)
      return failed(server.address().shown(), fmt::format("knows no cluster \"{}\"", layout.cluster),
                    "name one of its remote_servers: --store-cluster");
    const auto replicated = can_replicate(server);
    if (!replicated) return std::unexpected(replicated.error());
    layout.replicated = *replicated;
  }
  for (const std::string& statement : create_statements(layout))
    if (const auto made = server.ask(statement); !made) return std::unexpected(made.error());
  if (const auto added = add_columns(server, layout); !added) return std::unexpected(added.error());
  if (layout.version.since(19, 6))
    if (const auto renewed = renew_ages(server, layout); !renewed) return std::unexpected(renewed.error());
  return layout;
}

Result<std::vector<std::string>> drop_outlived(ClickhouseServer& server, const ClickhouseLayout& layout,
                                               Nanoseconds now) {
  const auto parts = server.ask(
      fmt::format("SELECT DISTINCT table, partition FROM system.parts WHERE database = '{}' AND active "
                  "FORMAT TabSeparated",
                  layout.database));
  if (!parts) return std::unexpected(parts.error());
  const std::vector<AgingTable> aging = aging_tables(layout);
  std::vector<std::string> notes;
  for (const auto& line : lines_of(*parts)) {
    const auto table = std::ranges::find(aging, line[0], &AgingTable::name);
    if (table == aging.end() || line.size() != 2) continue;
    const Nanoseconds end = (number_in(line[1]) + 1) * partition_length(level_of_table(table->name));
    if (now - end < std::chrono::days(table->days)) continue;
    const auto dropped =
        server.ask(fmt::format("ALTER TABLE {} DROP PARTITION {}", layout.own(table->name), line[1]));
    if (!dropped) return std::unexpected(dropped.error());
    notes.push_back(fmt::format("store: {} of partition {} is over its age: removed", line[0], line[1]));
  }
  return notes;
}

Result<std::vector<StoredTable>> table_sizes(ClickhouseServer& server, const ClickhouseLayout& layout) {
  const auto sizes = server.ask(fmt::format(
      "SELECT table, sum(bytes_on_disk), min(toInt64OrZero(partition)) FROM {} WHERE database = '{}' AND "
      "active GROUP BY table ORDER BY table FORMAT TabSeparated",
      parts_of(layout), layout.database));
  if (!sizes) return std::unexpected(sizes.error());
  const std::vector<AgingTable> aging = aging_tables(layout);
  std::vector<StoredTable> tables;
  for (const auto& line : lines_of(*sizes)) {
    if (line.size() != 3) continue;
    StoredTable& table = tables.emplace_back();
    table.name = line[0];
    table.bytes = static_cast<std::uint64_t>(number_in(line[1]));
    const auto known = std::ranges::find(aging, line[0], &AgingTable::name);
    if (known == aging.end()) continue;
    table.days = known->days;
    table.oldest = number_in(line[2]) * partition_length(level_of_table(line[0]));
  }
  return tables;
}

Result<std::vector<DayFile>> oldest_partitions(ClickhouseServer& server, const ClickhouseLayout& layout) {
  const auto oldest = server.ask(fmt::format(
      "SELECT table, min(toInt64OrZero(partition)) FROM {} WHERE database = '{}' AND active GROUP "
      "BY table FORMAT TabSeparated",
      parts_of(layout), layout.database));
  if (!oldest) return std::unexpected(oldest.error());
  std::map<FileLevel, std::int32_t> first;
  for (const auto& line : lines_of(*oldest)) {
    const FileLevel level = level_of_table(line[0]);
    if (line.size() != 2 || line[0] == kAbandonedTable || line[0] == kProgressTable) continue;
    const auto day = static_cast<std::int32_t>(
        std::chrono::floor<std::chrono::days>(number_in(line[1]) * partition_length(level)).count());
    const auto at = first.try_emplace(level, day).first;
    at->second = std::min(at->second, day);
  }
  std::vector<DayFile> files;
  files.reserve(first.size());
  for (const auto& [level, day] : first) files.push_back({.level = level, .day = day, .part = 0});
  return files;
}

}  // namespace vedette
