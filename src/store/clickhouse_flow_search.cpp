#include "store/clickhouse_flow_search.h"

#include <fmt/format.h>

#include "store/answer_shape.h"
#include "store/clickhouse_layout.h"
#include "store/flow_search_sql.h"
#include "store/query_plan.h"
#include "store/row_binary.h"

namespace vedette {

namespace {

// A word of 32 bits of an address, the first one the most significant.
std::string address_word(std::string_view field, unsigned word) {
  return fmt::format("toInt64(reinterpretAsUInt32(reverse(substring({}, {}, 4))))", field, 1 + 4 * word);
}

std::string part_of(FlowPart part) {
  const auto number = static_cast<unsigned>(part);
  if (part <= FlowPart::kSrc3) return address_word("src_ip", number);
  if (part <= FlowPart::kDst3) return address_word("dst_ip", number - static_cast<unsigned>(FlowPart::kDst0));
  constexpr std::string_view kColumns[] = {"src_port", "dst_port", "protocol", "vlan", "ip_version"};
  return fmt::format("toInt64(ifNull({}, 0))", kColumns[number - static_cast<unsigned>(FlowPart::kSrcPort)]);
}

const Field* field_of(const FoundColumn& column) {
  return field_named(QuerySource::kFlows, column.name);
}

BinaryType type_of(const FoundColumn& column) {
  const Field* field = field_of(column);
  if (field && field->kind == FieldKind::kAddress) return BinaryType::kAddress;
  return field && field->kind == FieldKind::kText ? BinaryType::kText : BinaryType::kNumber;
}

const FlowSearchLanguage kLanguage{
    .condition = {.part = part_of,
                  .bit_and = "bitAnd({}, {})",
                  .bit_or = "bitOr({}, {})",
                  .quotient = "intDiv({}, {})"},
    .address_columns = [](std::string_view field) { return std::vector{std::string(field)}; },
    .address =
        [](const std::vector<std::string>& columns) {
          return fmt::format("CAST({} AS Nullable(FixedString(16)))", columns[0]);
        },
    .latest = "argMax({}, time_ns)",
    .page = "LIMIT {1}, {0}",
    .typed =
        [](const FoundColumn& column, const std::string& expression, bool) {
          return fmt::format("CAST({} AS Nullable({}))", expression,
                             type_of(column) == BinaryType::kText ? "String" : "UInt64");
        },
};

Result<void> read_rows(std::string_view bytes, FoundFlows& found) {
  BinaryReader reader(bytes);
  while (!reader.done()) {
    std::vector<AnswerValue>& values = found.rows.emplace_back();
    for (const FoundColumn& column : found_columns()) {
      const auto value = reader.next(type_of(column));
      if (!value) return std::unexpected(value.error());
      const Field* field = field_of(column);
      const auto* number = std::get_if<std::uint64_t>(&*value);
      if (number && field && field->kind == FieldKind::kFlag)
        values.emplace_back(*number != 0);
      else
        values.push_back(std::visit(AnswerValueOf{field}, *value));
    }
  }
  return {};
}

}  // namespace

Result<FoundFlows> search_flows(ClickhouseServer& server, const ClickhouseLayout& layout,
                                const FlowSearch& search) {
  const auto files = oldest_partitions(server, layout);
  if (!files) return std::unexpected(files.error());
  const LevelPlan plan = plan_levels(rows_of(search), *files);
  const std::string table = layout.all("flows");
  const auto statements = flow_search_sql(search, {&table, 1}, layout.counted(), kLanguage);
  if (!statements) return std::unexpected(statements.error());
  FoundFlows found;
  found.begin = plan.begin;
  found.end = plan.end;
  const auto total = server.number(statements->total);
  if (!total) return std::unexpected(total.error());
  found.total = *total;
  const auto bytes = server.ask(statements->rows + " FORMAT RowBinary");
  if (!bytes) return std::unexpected(bytes.error());
  if (auto read = read_rows(*bytes, found); !read) return std::unexpected(read.error());
  return found;
}

}  // namespace vedette
