#include "store/duckdb_flow_search.h"

#include <fmt/format.h>

#include "store/address_columns.h"
#include "store/answer_shape.h"
#include "store/flow_search_sql.h"
#include "store/query_plan.h"
#include "store/query_sql.h"

namespace vedette {

namespace {

constexpr std::string_view kWord = "4294967295";

// A word of 32 bits of an address, the first one the most significant.
std::string address_word(std::string_view field, unsigned word) {
  const std::string column = word < 2 ? upper_column(field) : lower_column(field);
  if (word % 2 == 0) return fmt::format("CAST({} >> 32 AS BIGINT)", column);
  return fmt::format("CAST({} & CAST({} AS UBIGINT) AS BIGINT)", column, kWord);
}

std::string part_of(FlowPart part) {
  const auto number = static_cast<unsigned>(part);
  if (part <= FlowPart::kSrc3) return address_word("src_ip", number);
  if (part <= FlowPart::kDst3) return address_word("dst_ip", number - static_cast<unsigned>(FlowPart::kDst0));
  constexpr std::string_view kColumns[] = {"src_port", "dst_port", "protocol", "vlan", "ip_version"};
  return fmt::format("CAST(coalesce({}, 0) AS BIGINT)",
                     kColumns[number - static_cast<unsigned>(FlowPart::kSrcPort)]);
}

const FlowSearchLanguage kLanguage{
    .condition = {.part = part_of, .bit_and = "({} & {})", .bit_or = "({} | {})", .quotient = "({} // {})"},
    .address_columns =
        [](std::string_view field) {
          return std::vector{upper_column(field), lower_column(field)};
        },
    .address =
        [](const std::vector<std::string>& columns) {
          return fmt::format("(CAST({} AS UHUGEINT) << 64) | {}", columns[0], columns[1]);
        },
    .latest = "arg_max({}, time_ns)",
    .page = "LIMIT {0} OFFSET {1}",
    .typed =
        [](const FoundColumn& column, const std::string& expression, bool merged) {
          return merged && column.merge == FoundMerge::kSum ? fmt::format("CAST({} AS BIGINT)", expression)
                                                            : expression;
        },
};

Result<FoundFlows> read(DuckdbConnection& connection, const FlowSearchStatements& statements) {
  FoundFlows found;
  const auto total = connection.number(statements.total);
  if (!total) return std::unexpected(total.error());
  found.total = total->value_or(0);
  auto rows = connection.query(statements.rows);
  if (!rows) return std::unexpected(rows.error());
  const auto columns = found_columns();
  std::vector<const Field*> fields_of;
  for (const FoundColumn& column : columns)
    fields_of.push_back(field_named(QuerySource::kFlows, column.name));
  rows->for_each([&](std::span<const DuckdbResult::Value> row) {
    std::vector<AnswerValue>& values = found.rows.emplace_back();
    for (std::size_t i = 0; i < row.size(); i++)
      values.push_back(std::visit(AnswerValueOf{fields_of[i]}, row[i].is));
  });
  return found;
}

}  // namespace

Result<FoundFlows> search_flows(DuckdbFiles& files, DuckdbConnection& connection, const FlowSearch& search,
                                const std::string& sensor) {
  const auto there = day_files(files.folder());
  if (!there) return std::unexpected(there.error());
  const LevelPlan plan = plan_levels(rows_of(search), *there);
  std::vector<DuckdbFiles::Pin> pins;
  std::vector<std::string> tables;
  for (const DayFile& file : files_of(*there, FileLevel::kRaw, plan.raw)) {
    auto pinned = files.pin(file, false);
    if (!pinned) return std::unexpected(pinned.error());
    if (!*pinned) continue;
    pins.push_back(std::move(**pinned));
    tables.push_back(
        fmt::format("(SELECT *, {} AS {} FROM {}.flows)", sql_text(sensor), kSensorColumn, file.schema()));
  }
  const auto statements = flow_search_sql(search, tables, {}, kLanguage);
  if (!statements) return std::unexpected(statements.error());
  FoundFlows nothing;
  nothing.begin = plan.begin;
  nothing.end = plan.end;
  if (tables.empty()) return nothing;
  // One state of the rows for both statements.
  if (auto begun = connection.run("BEGIN TRANSACTION"); !begun) return std::unexpected(begun.error());
  auto found = read(connection, *statements);
  const DuckdbFailure why = connection.failure();
  if (auto ended = connection.run(found ? "COMMIT" : "ROLLBACK"); !ended && found)
    return std::unexpected(ended.error());
  if (found) found->begin = plan.begin, found->end = plan.end;
  return found;
}

}  // namespace vedette
