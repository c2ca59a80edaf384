#include "store/cube.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "store/address_columns.h"

namespace vedette {

namespace {

using namespace std::string_view_literals;

constexpr std::array kLinks{"interface"sv, "protocol"sv, "ip_version"sv, "state"sv, "verdict"sv};
constexpr std::array kPlaces{"src_country"sv, "src_asn"sv, "dst_country"sv, "dst_asn"sv};
constexpr std::array kApps{"protocol"sv, "app"sv, "app_version"sv, "outdated"sv, "fingerprint"sv};
constexpr std::array kProcesses{"process"sv, "protocol"sv, "dst_port"sv};
constexpr std::array kServices{"protocol"sv, "dst_port"sv, "app"sv, "app_version"sv, "outdated"sv};
constexpr std::array kTargets{"dst_ip"sv, "dst_country"sv, "dst_asn"sv};
constexpr std::array kSources{"src_ip"sv, "src_country"sv, "src_asn"sv};
constexpr std::array kDirections{"interface"sv, "direction"sv};

constexpr std::array<Cube, 8> kCubes{{
    {"flows_by_link", QuerySource::kFlows, kLinks},
    {"flows_by_app", QuerySource::kFlows, kApps},
    {"flows_by_process", QuerySource::kFlows, kProcesses},
    {"flows_by_service", QuerySource::kFlows, kServices},
    {"flows_by_place", QuerySource::kFlows, kPlaces},
    {"flows_by_target", QuerySource::kFlows, kTargets},
    {"flows_by_source", QuerySource::kFlows, kSources},
    {"interfaces_by_direction", QuerySource::kInterfaces, kDirections},
}};

constexpr std::array kFlowColumns{
    StoredColumn{"time_ns", "BIGINT"},
    StoredColumn{"span_us", "BIGINT"},
    StoredColumn{"src_hi", "UBIGINT"},
    StoredColumn{"src_lo", "UBIGINT"},
    StoredColumn{"dst_hi", "UBIGINT"},
    StoredColumn{"dst_lo", "UBIGINT"},
    StoredColumn{"src_port", "USMALLINT"},
    StoredColumn{"dst_port", "USMALLINT"},
    StoredColumn{"protocol", "UTINYINT"},
    StoredColumn{"ip_version", "UTINYINT"},
    StoredColumn{"interface", "VARCHAR"},
    StoredColumn{"vlan", "USMALLINT"},
    StoredColumn{"tunnel", "UTINYINT"},
    StoredColumn{"state", "UTINYINT"},
    StoredColumn{"verdict", "UTINYINT"},
    StoredColumn{"app", "VARCHAR"},
    StoredColumn{"app_version", "VARCHAR"},
    StoredColumn{"outdated", "BOOLEAN"},
    StoredColumn{"process", "VARCHAR"},
    StoredColumn{"pid", "UINTEGER"},
    StoredColumn{"cgroup", "VARCHAR"},
    StoredColumn{"src_name", "VARCHAR"},
    StoredColumn{"dst_name", "VARCHAR"},
    StoredColumn{"src_country", "VARCHAR"},
    StoredColumn{"dst_country", "VARCHAR"},
    StoredColumn{"src_asn", "UINTEGER"},
    StoredColumn{"dst_asn", "UINTEGER"},
    StoredColumn{"flows", "BIGINT"},
    StoredColumn{"ends", "BOOLEAN"},
    StoredColumn{"bytes", "BIGINT"},
    StoredColumn{"packets", "BIGINT"},
    StoredColumn{"reply_bytes", "BIGINT"},
    StoredColumn{"reply_packets", "BIGINT"},
    StoredColumn{"retransmits", "BIGINT"},
    StoredColumn{"reply_retransmits", "BIGINT"},
    StoredColumn{"out_of_order", "BIGINT"},
    StoredColumn{"zero_windows", "BIGINT"},
    StoredColumn{"resets", "BIGINT"},
    StoredColumn{"dropped_packets", "BIGINT"},
    StoredColumn{"dropped_bytes", "BIGINT"},
    StoredColumn{"all_packets", "BIGINT"},
    StoredColumn{"all_bytes", "BIGINT"},
    StoredColumn{"all_reply_packets", "BIGINT"},
    StoredColumn{"all_reply_bytes", "BIGINT"},
    StoredColumn{"handshake_rtt_us", "BIGINT"},
    StoredColumn{"rtt_us", "BIGINT"},
    StoredColumn{"fingerprint", "VARCHAR"},
};

constexpr std::array kFindingColumns{
    StoredColumn{"time_ns", "BIGINT"},     StoredColumn{"told", "BIGINT"},
    StoredColumn{"id", "VARCHAR"},         StoredColumn{"kind", "UTINYINT"},
    StoredColumn{"severity", "UTINYINT"},  StoredColumn{"detector", "VARCHAR"},
    StoredColumn{"src_hi", "UBIGINT"},     StoredColumn{"src_lo", "UBIGINT"},
    StoredColumn{"src_prefix", "VARCHAR"}, StoredColumn{"dst_hi", "UBIGINT"},
    StoredColumn{"dst_lo", "UBIGINT"},     StoredColumn{"dst_port", "USMALLINT"},
    StoredColumn{"action", "UTINYINT"},    StoredColumn{"why", "VARCHAR"},
    StoredColumn{"first_ns", "BIGINT"},    StoredColumn{"last_ns", "BIGINT"},
    StoredColumn{"findings", "BIGINT"},    StoredColumn{"packets", "BIGINT"},
    StoredColumn{"bytes", "BIGINT"},       StoredColumn{"score", "DOUBLE"},
    StoredColumn{"threshold", "DOUBLE"},
};

constexpr std::array kInterfaceColumns{
    StoredColumn{"time_ns", "BIGINT"},       StoredColumn{"interface", "VARCHAR"},
    StoredColumn{"direction", "UTINYINT"},   StoredColumn{"packets", "BIGINT"},
    StoredColumn{"bytes", "BIGINT"},         StoredColumn{"dropped_packets", "BIGINT"},
    StoredColumn{"dropped_bytes", "BIGINT"}, StoredColumn{"lost_packets", "BIGINT"},
};

constexpr std::array kLaterColumns{
    LaterColumn{"flows", "fingerprint"},
    LaterColumn{"flows_by_app", "fingerprint"},
};

bool has(const Cube& cube, const Field& field) {
  if (field.column == kSensorColumn) return true;
  return std::ranges::find(cube.dimensions, field.column) != cube.dimensions.end() &&
         (field.other.empty() || std::ranges::find(cube.dimensions, field.other) != cube.dimensions.end());
}

bool answers(const Cube& cube, const Query& query) {
  if (cube.source != query.from) return false;
  const auto held = [&](const Field* field) { return has(cube, *field); };
  return std::ranges::all_of(query.by, held) && std::ranges::all_of(query.where, held, &Filter::field) &&
         std::ranges::all_of(query.measures, [&](const Measure& measure) {
           return measure.kind != MeasureKind::kDistinct || held(measure.field);
         });
}

std::string create(std::string_view schema, std::string_view table, std::span<const StoredColumn> columns) {
  std::string text = fmt::format("CREATE TABLE IF NOT EXISTS {}.{} (", schema, table);
  for (const StoredColumn& column : columns)
    text += fmt::format("{}{} {}", column.name == columns.front().name ? "" : ", ", column.name, column.type);
  return text + ");\n";
}

std::string_view type_of(QuerySource source, std::string_view name) {
  return std::ranges::find(raw_columns(source), name, &StoredColumn::name)->type;
}

std::string add_later(std::string_view schema, std::string_view table, QuerySource source) {
  std::string text;
  for (const LaterColumn& later : kLaterColumns)
    if (later.table == table)
      text += fmt::format("ALTER TABLE {}.{} ADD COLUMN IF NOT EXISTS {} {};\n", schema, table, later.column,
                          type_of(source, later.column));
  return text;
}

// The columns of its dimensions.
std::vector<std::string> columns_of(const Cube& cube) {
  std::vector<std::string> columns;
  for (const std::string_view one : cube.dimensions) {
    if (field_named(cube.source, one)->kind != FieldKind::kAddress) {
      columns.emplace_back(one);
      continue;
    }
    columns.push_back(upper_column(one));
    columns.push_back(lower_column(one));
  }
  return columns;
}

std::string dimension_list(const Cube& cube) {
  std::string list;
  for (const std::string& one : columns_of(cube)) list += fmt::format(", {}", one);
  return list;
}

// The measures of one row of the cube out of many rows.
std::string measure_list(const Cube& cube) {
  std::string list;
  for (const Field& field : fields(cube.source)) {
    const std::string_view name = field.column;
    if (field.use & kSum) list += fmt::format(", CAST(sum({0}) AS BIGINT) AS {0}", name);
    if (field.use & kSampled)
      list += fmt::format(
          ", CAST(sum({0}) AS BIGINT) AS {0}_sum, count({0}) AS {0}_count, min({0}) AS {0}_min, "
          "max({0}) AS {0}_max",
          name);
  }
  return list;
}

}  // namespace

std::span<const Cube> cubes() {
  return kCubes;
}

const Cube* cube_for(const Query& query) {
  for (const Cube& cube : kCubes)
    if (answers(cube, query)) return &cube;
  return nullptr;
}

std::string_view raw_table(QuerySource source) {
  return query_source_name(source);
}

std::span<const StoredColumn> raw_columns(QuerySource source) {
  switch (source) {
    case QuerySource::kFlows:
      return kFlowColumns;
    case QuerySource::kFindings:
      return kFindingColumns;
    case QuerySource::kInterfaces:
      break;
  }
  return kInterfaceColumns;
}

std::span<const LaterColumn> later_columns() {
  return kLaterColumns;
}

std::string create_raw_tables(std::string_view schema) {
  return create(schema, "flows", kFlowColumns) + add_later(schema, "flows", QuerySource::kFlows) +
         create(schema, "interfaces", kInterfaceColumns);
}

std::string create_finding_table(std::string_view schema) {
  return create(schema, "findings", kFindingColumns);
}

std::string create_cubes(std::string_view schema) {
  std::string text = fmt::format(
      "CREATE TABLE IF NOT EXISTS {}.progress (file VARCHAR, source VARCHAR, done BIGINT);\n", schema);
  for (const Cube& cube : kCubes) {
    text += fmt::format("CREATE TABLE IF NOT EXISTS {}.{} (time_ns BIGINT", schema, cube.table);
    for (const std::string& one : columns_of(cube))
      text += fmt::format(", {} {}", one, type_of(cube.source, one));
    for (const Field& field : fields(cube.source)) {
      if (field.use & kSum) text += fmt::format(", {} BIGINT", field.column);
      if (field.use & kSampled)
        text +=
            fmt::format(", {0}_sum BIGINT, {0}_count BIGINT, {0}_min BIGINT, {0}_max BIGINT", field.column);
    }
    text += ");\n" + add_later(schema, cube.table, cube.source);
  }
  return text;
}

std::string roll_up_sql(const Cube& cube, const RollUpSpan& span) {
  const std::string dimensions = dimension_list(cube);
  return fmt::format(
      "INSERT INTO {0}.{1} BY NAME SELECT time_ns - time_ns % {2} AS time_ns{3}{4} FROM {5}.{6} WHERE rowid "
      ">= {7} "
      "AND rowid < {8} GROUP BY time_ns - time_ns % {2}{3};\n",
      span.to, cube.table, span.step.count(), dimensions, measure_list(cube), span.from,
      raw_table(cube.source), span.first, span.last);
}

}  // namespace vedette
