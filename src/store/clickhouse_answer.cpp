#include "store/clickhouse_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "store/answer_shape.h"
#include "store/clickhouse_query.h"
#include "store/query_plan.h"
#include "store/wide_address.h"

namespace vedette {

namespace {

using Clock = std::chrono::steady_clock;
using Value = BinaryReader::Value;

// How far each stream is rolled up at a level.
struct Progress {
  std::string streams, uptos;  // lists of the same length

  [[nodiscard]] bool empty() const { return streams.empty(); }
  // "seq <= 7" by the row's stream; op: "<=" of what is rolled up, ">" of what isn't.
  [[nodiscard]] std::string condition(std::string_view op) const {
    return fmt::format(
        "seq {} transform(stream, CAST([{}] AS Array(UInt64)), CAST([{}] AS Array(UInt64)), toUInt64(0))", op,
        streams, uptos);
  }
};

// By one question for both levels, before the one for the rows: what is rolled up in between has a greater
// number than these, and isn't read twice.
Result<std::array<Progress, 2>> progress_of(ClickhouseServer& server, const ClickhouseLayout& layout,
                                            QuerySource source) {
  const auto text = server.ask(fmt::format(
      "SELECT level, stream, max(upto) FROM {} WHERE source = {} GROUP BY level, stream FORMAT TabSeparated",
      layout.all(kProgressTable), source == QuerySource::kFlows ? 0 : 1));
  if (!text) return std::unexpected(text.error());
  std::array<Progress, 2> levels;
  std::istringstream lines(*text);
  unsigned level = 0;
  std::uint64_t stream = 0, upto = 0;
  while (lines >> level >> stream >> upto) {
    Progress& one = levels[level & 1u];
    one.streams += fmt::format("{}{}", one.empty() ? "" : ", ", stream);
    one.uptos += fmt::format("{}{}", one.uptos.empty() ? "" : ", ", upto);
  }
  return levels;
}

Result<std::vector<ClickhousePiece>> pieces_of(ClickhouseServer& server, const ClickhouseLayout& layout,
                                               const Query& query, QueryAnswer& answer) {
  std::vector<ClickhousePiece> pieces;
  if (query.from == QuerySource::kFindings) {
    const std::vector<TimeSpan> whole{{query.begin, query.end}};
    // Of a finding's news the latest.
    pieces.push_back({.table = fmt::format("(SELECT * FROM {} WHERE {} AND {} ORDER BY sensor, id, told DESC "
                                           "LIMIT 1 BY sensor, id)",
                                           layout.all("findings"), within(whole), layout.counted()),
                      .rolled = false,
                      .spans = whole,
                      .counted = {}});
    return pieces;
  }
  const auto files = oldest_partitions(server, layout);
  if (!files) return std::unexpected(files.error());
  const LevelPlan plan = plan_levels(query, *files);
  answer.begin = plan.begin;
  answer.end = plan.end;
  const std::string raw = layout.all(raw_table(query.from));
  if (!plan.raw.empty()) pieces.push_back({raw, false, plan.raw, layout.counted()});
  if (plan.minutes.empty() && plan.hours.empty()) return pieces;
  const auto progress = progress_of(server, layout, query.from);
  if (!progress) return std::unexpected(progress.error());
  for (const FileLevel level : {FileLevel::kMinute, FileLevel::kHour}) {
    const bool hours = level == FileLevel::kHour;
    const std::vector<TimeSpan>& spans = hours ? plan.hours : plan.minutes;
    if (spans.empty()) continue;
    answer.level = hours ? StoreLevel::kHour : StoreLevel::kMinute;
    const Progress& done = (*progress)[hours ? 1 : 0];
    if (done.empty()) {
      pieces.push_back({raw, false, spans, layout.counted()});
      continue;
    }
    pieces.push_back({layout.all(rolled_table(*plan.cube, level)), true, spans,
                      layout.counted() + " AND " + done.condition("<=")});
    pieces.push_back({raw, false, spans, layout.counted() + " AND " + done.condition(">")});
  }
  return pieces;
}

AnswerValue answer_value(const Value& value, AnswerKind kind, const Field* field) {
  if (kind != AnswerKind::kFlag) return std::visit(AnswerValueOf{field}, value);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number != 0;
  return {};
}

Result<void> read_rows(const Query& query, std::string_view bytes, QueryAnswer& answer) {
  const std::vector<BinaryType> types = binary_types(query);
  const std::vector<const Field*> fields_of = answer_fields(query);
  BinaryReader reader(bytes);
  while (!reader.done()) {
    std::vector<AnswerValue>& values = answer.rows.emplace_back();
    values.reserve(types.size());
    for (std::size_t i = 0; i < types.size(); i++) {
      const auto value = reader.next(types[i]);
      if (!value) return std::unexpected(value.error());
      values.push_back(answer_value(*value, answer.columns[i].kind, fields_of[i]));
    }
  }
  return {};
}

}  // namespace

Result<QueryAnswer> answer_query(ClickhouseServer& server, const ClickhouseLayout& layout,
                                 const Query& query) {
  const auto began = Clock::now();
  QueryAnswer answer;
  answer.begin = query.begin;
  answer.end = query.end;
  answer.bucket = query.bucket;
  answer.columns = answer_columns(query);
  const auto pieces = pieces_of(server, layout, query, answer);
  if (!pieces) return std::unexpected(pieces.error());
  if (!pieces->empty()) {
    const auto bytes = server.ask(clickhouse_query(query, *pieces));
    if (!bytes) return std::unexpected(bytes.error());
    if (auto read = read_rows(query, *bytes, answer); !read) return std::unexpected(read.error());
    leave_out_sums_of_nothing(query, answer);
  }
  answer.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
  return answer;
}

Result<Store::RecentFlows> read_recent_flows(ClickhouseServer& server, const ClickhouseLayout& layout,
                                             const std::string& sensor, Nanoseconds span) {
  Store::RecentFlows recent;
  const std::string mine = fmt::format("{} WHERE sensor = {} AND {}", layout.all("flows"),
                                       clickhouse_text(sensor), layout.counted());
  const auto latest = server.number("SELECT max(time_ns) FROM " + mine);
  if (!latest) return std::unexpected(latest.error());
  if (*latest == 0) return recent;
  recent.since = Nanoseconds(static_cast<std::int64_t>(*latest)) - span;
  constexpr std::array kNumbers{"ip_version", "protocol", "src_port", "dst_port", "vlan"};
  std::string columns =
      "CAST(src_ip AS Nullable(FixedString(16))), CAST(dst_ip AS Nullable(FixedString(16))), "
      "CAST(interface AS Nullable(String))";
  for (const char* number : kNumbers) columns += fmt::format(", CAST({} AS Nullable(UInt64))", number);
  columns += ", CAST(f AS Nullable(UInt64)), CAST(max(ends) AS Nullable(UInt64))";
  for (const char* sum : {"packets", "bytes", "reply_packets", "reply_bytes"})
    columns += fmt::format(", CAST(max(ifNull(all_{0}, {0})) AS Nullable(UInt64))", sum);
  const auto bytes = server.ask(fmt::format(
      "SELECT {} FROM (SELECT *, time_ns - span_us * 1000 AS f FROM {} AND time_ns >= {}) GROUP BY src_ip, "
      "dst_ip, interface, ip_version, protocol, src_port, dst_port, vlan, f FORMAT RowBinary",
      columns, mine, recent.since.count()));
  if (!bytes) return std::unexpected(bytes.error());
  BinaryReader reader(*bytes);
  while (!reader.done()) {
    std::array<Value, 14> row;
    for (std::size_t i = 0; i < row.size(); i++) {
      auto value = reader.next(i < 2    ? BinaryType::kAddress
                               : i == 2 ? BinaryType::kText
                                        : BinaryType::kNumber);
      if (!value) return std::unexpected(value.error());
      row[i] = *value;
    }
    const auto number = [&](std::size_t i) {
      const auto* one = std::get_if<std::uint64_t>(&row[i]);
      return one ? *one : 0;
    };
    const auto address = [&](std::size_t i, std::uint8_t version) {
      const auto* one = std::get_if<unsigned __int128>(&row[i]);
      return narrow_address(one ? *one : 0, version);
    };
    StoredFlow& flow = recent.flows.emplace_back();
    flow.ip_version = static_cast<std::uint8_t>(number(3));
    flow.src = address(0, flow.ip_version);
    flow.dst = address(1, flow.ip_version);
    if (const auto* name = std::get_if<std::string_view>(&row[2]))
      std::memcpy(flow.interface.data(), name->data(), std::min(name->size(), flow.interface.size() - 1));
    flow.protocol = static_cast<std::uint8_t>(number(4));
    flow.src_port = static_cast<std::uint16_t>(number(5));
    flow.dst_port = static_cast<std::uint16_t>(number(6));
    flow.vlan = static_cast<std::uint16_t>(number(7));
    flow.first = Nanoseconds(static_cast<std::int64_t>(number(8)));
    flow.ended = number(9) != 0;
    flow.packets = number(10);
    flow.bytes = number(11);
    flow.reply_packets = number(12);
    flow.reply_bytes = number(13);
  }
  return recent;
}

}  // namespace vedette
