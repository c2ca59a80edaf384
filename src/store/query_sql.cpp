#include "store/query_sql.h"

#include <fmt/format.h>

#include <algorithm>

namespace vedette {

namespace {

std::string decimal(unsigned __int128 number) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number != 0);
  return digits;
}

std::string address_literal(unsigned __int128 address) {
  return fmt::format("CAST('{}' AS UHUGEINT)", decimal(address));
}

// That `column` is this value; never NULL itself.
std::string is_value(std::string_view column, const FilterValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return fmt::format("{} IS NULL", column);
  if (const auto* range = std::get_if<AddressRange>(&value)) {
    if (range->first == range->last)
      return fmt::format("coalesce({} = {}, FALSE)", column, address_literal(range->first));
    return fmt::format("coalesce({0} >= {1} AND {0} <= {2}, FALSE)", column, address_literal(range->first),
                       address_literal(range->last));
  }
  if (const auto* text = std::get_if<std::string>(&value))
    return fmt::format("coalesce({} = {}, FALSE)", column, sql_text(*text));
  return fmt::format("coalesce({} = {}, FALSE)", column, std::get<std::uint64_t>(value));
}

std::string any_value(std::string_view column, const std::vector<FilterValue>& values) {
  std::string any;
  for (const FilterValue& value : values) any += (any.empty() ? "" : " OR ") + is_value(column, value);
  return "(" + any + ")";
}

// A condition that the engine can compare with a column's bounds, where it says the same: those skip rows.
std::string plain(std::string_view column, const Filter& filter) {
  const FilterValue& value = filter.values.front();
  if (filter.values.size() != 1 || std::holds_alternative<std::monostate>(value)) return {};
  if (const auto* range = std::get_if<AddressRange>(&value))
    return fmt::format("{0} >= {1} AND {0} <= {2}", column, address_literal(range->first),
                       address_literal(range->last));
  if (const auto* text = std::get_if<std::string>(&value))
    return fmt::format("{} = {}", column, sql_text(*text));
  return fmt::format("{} = {}", column, std::get<std::uint64_t>(value));
}

std::string condition_on(std::string_view column, const Filter& filter) {
  switch (filter.op) {
    case FilterOp::kEqual:
    case FilterOp::kIn:
      if (std::string one = plain(column, filter); !one.empty()) return one;
      return any_value(column, filter.values);
    case FilterOp::kNotEqual:
      return "NOT " + any_value(column, filter.values);
    default:
      return fmt::format("{} {} {}", column, filter_op_text(filter.op),
                         std::get<std::uint64_t>(filter.values.front()));
  }
}

std::string condition(const Filter& filter) {
  const std::string first = condition_on(filter.field->column, filter);
  if (filter.field->other.empty()) return "(" + first + ")";
  return fmt::format("(({}) {} ({}))", first, filter.op == FilterOp::kNotEqual ? "AND" : "OR",
                     condition_on(filter.field->other, filter));
}

// What of a piece's row a measure needs, by names that are the same for all pieces.
std::string piece_columns(const Measure& measure, std::size_t number, bool rolled) {
  const std::string_view column = measure.field->column;
  switch (measure.kind) {
    case MeasureKind::kSum:
    case MeasureKind::kDistinct:
      return fmt::format("{} AS m{}", column, number);
    case MeasureKind::kMean:
      if (rolled) return fmt::format("{0}_sum AS m{1}, {0}_count AS n{1}", column, number);
      return fmt::format("{0} AS m{1}, CAST(CASE WHEN {0} IS NULL THEN 0 ELSE 1 END AS BIGINT) AS n{1}",
                         column, number);
    case MeasureKind::kMin:
      return fmt::format("{}{} AS m{}", column, rolled ? "_min" : "", number);
    case MeasureKind::kMax:
      break;
  }
  return fmt::format("{}{} AS m{}", column, rolled ? "_max" : "", number);
}

std::string aggregate(const Measure& measure, std::size_t number) {
  const bool real = measure.field->kind == FieldKind::kReal;
  switch (measure.kind) {
    case MeasureKind::kSum:
      return fmt::format("CAST(sum(m{}) AS UBIGINT)", number);
    case MeasureKind::kDistinct:
      return fmt::format("CAST(count(DISTINCT m{}) AS UBIGINT)", number);
    case MeasureKind::kMean:
      return fmt::format(
          "CASE WHEN sum(n{0}) > 0 THEN CAST(sum(m{0}) AS DOUBLE) / CAST(sum(n{0}) AS DOUBLE) END", number);
    case MeasureKind::kMin:
      return fmt::format("CAST(min(m{}) AS {})", number, real ? "DOUBLE" : "UBIGINT");
    case MeasureKind::kMax:
      break;
  }
  return fmt::format("CAST(max(m{}) AS {})", number, real ? "DOUBLE" : "UBIGINT");
}

class Statement {
 public:
  Statement(const Query& query, std::span<const QueryPiece> pieces) : query_(query), pieces_(pieces) {}

  [[nodiscard]] std::string text() const {
    if (query_.top == 0 || query_.by.empty()) return whole();
    if (query_.bucket == Nanoseconds{} && !query_.others) return top_keys(false);
    return with_others();
  }

 private:
  [[nodiscard]] std::string from() const {
    std::string text;
    for (const QueryPiece& piece : pieces_) {
      if (!text.empty()) text += " UNION ALL ";
      text += select_piece(piece);
    }
    return "(" + text + ")";
  }

  [[nodiscard]] std::string select_piece(const QueryPiece& piece) const {
    std::string text = "SELECT ";
    if (query_.bucket != Nanoseconds{})
      text += fmt::format("time_ns - time_ns % {} AS time_ns, ", query_.bucket.count());
    for (std::size_t i = 0; i < query_.by.size(); i++)
      text += fmt::format("{} AS d{}, ", query_.by[i]->column, i);
    for (std::size_t i = 0; i < query_.measures.size(); i++)
      text += (i == 0 ? "" : ", ") + piece_columns(query_.measures[i], i, piece.rolled);
    text += fmt::format(" FROM {} WHERE time_ns >= {} AND time_ns < {}", piece.table, piece.begin.count(),
                        piece.end.count());
    if (piece.from_row) text += fmt::format(" AND rowid >= {}", *piece.from_row);
    for (const Filter& filter : query_.where) text += " AND " + condition(filter);
    return text;
  }

  // "d0, d1", with a comma at its end where `comma`.
  [[nodiscard]] std::string keys(bool comma, const std::string& before = "") const {
    std::string text;
    for (std::size_t i = 0; i < query_.by.size(); i++)
      text += fmt::format("{}{}d{}", i == 0 ? "" : ", ", before, i);
    if (comma && !text.empty()) text += ", ";
    return text;
  }

  [[nodiscard]] std::string aggregates() const {
    std::string text;
    for (std::size_t i = 0; i < query_.measures.size(); i++)
      text += fmt::format("{}{} AS a{}", i == 0 ? "" : ", ", aggregate(query_.measures[i], i), i);
    return text;
  }

  [[nodiscard]] bool buckets() const { return query_.bucket != Nanoseconds{}; }

  [[nodiscard]] std::string grouping() const {
    std::string text = buckets() ? "time_ns" : "";
    if (!query_.by.empty()) text += (text.empty() ? "" : ", ") + keys(false);
    return text;
  }

  [[nodiscard]] std::string order() const {
    if (buckets()) return fmt::format(" ORDER BY time_ns, a0 DESC NULLS LAST{}", ordered_keys());
    if (query_.by.empty()) return "";
    return fmt::format(" ORDER BY a0 DESC NULLS LAST{}", ordered_keys());
  }

  // So that the same question has the same answer.
  [[nodiscard]] std::string ordered_keys() const {
    std::string text;
    for (std::size_t i = 0; i < query_.by.size(); i++) text += fmt::format(", d{} NULLS LAST", i);
    return text;
  }

  [[nodiscard]] std::string whole() const {
    const std::string groups = grouping();
    return fmt::format("SELECT {}{}{} FROM {}{}{} LIMIT {}", buckets() ? "time_ns, " : "", keys(true),
                       aggregates(), from(), groups.empty() ? "" : " GROUP BY " + groups, order(),
                       kMostAnswerRows);
  }

  [[nodiscard]] std::string top_keys(bool alone) const {
    return fmt::format("SELECT {}{} FROM {} GROUP BY {} ORDER BY a0 DESC NULLS LAST{} LIMIT {}", keys(true),
                       alone ? aggregate(query_.measures[0], 0) + " AS a0" : aggregates(), from(),
                       keys(false), ordered_keys(), query_.top);
  }

  // The keys of the top first, then their rows, and with `others` one for the rest, of each bucket.
  [[nodiscard]] std::string with_others() const {
    std::string same;
    for (std::size_t i = 0; i < query_.by.size(); i++)
      same += fmt::format("{}f.d{} IS NOT DISTINCT FROM t.d{}", i == 0 ? "" : " AND ", i, i);
    std::string text = fmt::format(
        "WITH t AS MATERIALIZED ({}) SELECT * FROM (SELECT {}{}{}{} FROM {} f SEMI JOIN t ON {} GROUP BY {}",
        top_keys(true), buckets() ? "time_ns, " : "", keys(true, "f."), aggregates(),
        query_.others ? ", FALSE AS others" : "", from(), same, grouping_of("f."));
    if (query_.others) {
      std::string none;
      for (std::size_t i = 0; i < query_.by.size(); i++) none += "NULL, ";
      text += fmt::format(" UNION ALL SELECT {}{}{}, TRUE FROM {} f ANTI JOIN t ON {}{}",
                          buckets() ? "time_ns, " : "", none, aggregates(), from(), same,
                          buckets() ? " GROUP BY time_ns" : " HAVING count(*) > 0");
    }
    return text + ")" + order_with_others();
  }

  [[nodiscard]] std::string grouping_of(const std::string& before) const {
    std::string text = buckets() ? before + "time_ns, " : "";
    return text + keys(false, before);
  }

  [[nodiscard]] std::string order_with_others() const {
    const std::string_view others = query_.others ? "others, " : "";
    return fmt::format(" ORDER BY {}{}a0 DESC NULLS LAST{} LIMIT {}", buckets() ? "time_ns, " : "", others,
                       ordered_keys(), kMostAnswerRows);
  }

  const Query& query_;
  std::span<const QueryPiece> pieces_;
};

}  // namespace

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\0') continue;  // ends a statement
    if (letter == '\'') quoted += '\'';
    quoted += letter;
  }
  return quoted + "'";
}

std::string query_sql(const Query& query, std::span<const QueryPiece> pieces) {
  return Statement(query, pieces).text();
}

}  // namespace vedette
