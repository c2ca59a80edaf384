#include "store/query_sql.h"

#include <fmt/format.h>

#include "store/address_columns.h"
#include "store/filter_condition.h"

namespace vedette {

namespace {

// That the address `column` lies in the range, which is a prefix's.
std::string in_range(std::string_view column, const AddressRange& range) {
  const auto upper = [](unsigned __int128 address) { return static_cast<std::uint64_t>(address >> 64); };
  const auto lower = [](unsigned __int128 address) { return static_cast<std::uint64_t>(address); };
  const auto between = [](const std::string& part, std::uint64_t first, std::uint64_t last) {
    return first == last ? fmt::format("{} = {}", part, first)
                         : fmt::format("{0} >= {1} AND {0} <= {2}", part, first, last);
  };
  const std::string upper_part = between(upper_column(column), upper(range.first), upper(range.last));
  if (upper(range.first) != upper(range.last)) return upper_part;
  return upper_part + " AND " + between(lower_column(column), lower(range.first), lower(range.last));
}

// That `column` is this value; never NULL itself.
std::string is_value(const Field& field, std::string_view column, const FilterValue& value) {
  const bool address = field.kind == FieldKind::kAddress;
  if (std::holds_alternative<std::monostate>(value))
    return fmt::format("{} IS NULL", address ? lower_column(column) : std::string(column));
  if (const auto* range = std::get_if<AddressRange>(&value))
    return fmt::format("coalesce({}, FALSE)", in_range(column, *range));
  if (const auto* text = std::get_if<std::string>(&value))
    return fmt::format("coalesce({} = {}, FALSE)", column, sql_text(*text));
  return fmt::format("coalesce({} = {}, FALSE)", column, std::get<std::uint64_t>(value));
}

std::string any_value(std::string_view column, const Filter& filter) {
  std::string any;
  for (const FilterValue& value : filter.values)
    any += (any.empty() ? "" : " OR ") + is_value(*filter.field, column, value);
  return "(" + any + ")";
}

// A condition that the engine can compare with a column's bounds, where it says the same: those skip rows.
std::string plain(std::string_view column, const Filter& filter) {
  const FilterValue& value = filter.values.front();
  if (filter.values.size() != 1 || std::holds_alternative<std::monostate>(value)) return {};
  if (const auto* range = std::get_if<AddressRange>(&value)) return in_range(column, *range);
  if (const auto* text = std::get_if<std::string>(&value))
    return fmt::format("{} = {}", column, sql_text(*text));
  return fmt::format("{} = {}", column, std::get<std::uint64_t>(value));
}

std::string condition_on(std::string_view column, const Filter& filter) {
  switch (filter.op) {
    case FilterOp::kEqual:
    case FilterOp::kIn:
      if (std::string one = plain(column, filter); !one.empty()) return one;
      return any_value(column, filter);
    case FilterOp::kNotEqual:
      return "NOT " + any_value(column, filter);
    default:
      return fmt::format("{} {} {}", column, filter_op_text(filter.op),
                         std::get<std::uint64_t>(filter.values.front()));
  }
}

// Of its two columns. They are unpacked ten times as fast as one of 128 bits.
std::string whole_address(const std::string& upper, const std::string& lower) {
  return fmt::format("(CAST({} AS UHUGEINT) << 64) | {}", upper, lower);
}

// What of a piece's row a measure needs, by names that are the same for all pieces.
std::string piece_columns(const Measure& measure, std::size_t number, bool rolled) {
  const std::string_view column = measure.field->column;
  switch (measure.kind) {
    case MeasureKind::kDistinct:
      if (measure.field->kind == FieldKind::kAddress)
        return fmt::format("{} AS m{}", whole_address(upper_column(column), lower_column(column)), number);
      [[fallthrough]];
    case MeasureKind::kSum:
      return fmt::format("{} AS m{}", column, number);
    case MeasureKind::kMean:
      if (rolled) return fmt::format("{0}_sum AS m{1}, {0}_count AS n{1}", column, number);
      return fmt::format("{0} AS m{1}, CAST(CASE WHEN {0} IS NULL THEN 0 ELSE 1 END AS BIGINT) AS n{1}",
                         column, number);
    case MeasureKind::kCount:
      if (rolled) return fmt::format("{}_count AS m{}", column, number);
      return fmt::format("CAST(CASE WHEN {} IS NULL THEN 0 ELSE 1 END AS BIGINT) AS m{}", column, number);
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
    case MeasureKind::kCount:
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
    const bool chosen = query_.top != 0 && !query_.by.empty();
    return chosen && (buckets() || query_.others) ? with_others() : whole();
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
    for (std::size_t i = 0; i < query_.by.size(); i++) {
      const std::string_view column = query_.by[i]->column;
      text += is_address(i)
                  ? fmt::format("{} AS d{}h, {} AS d{}, ", upper_column(column), i, lower_column(column), i)
                  : fmt::format("{} AS d{}, ", column, i);
    }
    for (std::size_t i = 0; i < query_.measures.size(); i++)
      text += (i == 0 ? "" : ", ") + piece_columns(query_.measures[i], i, piece.rolled);
    text += fmt::format(" FROM {} WHERE time_ns >= {} AND time_ns < {}", piece.table, piece.begin.count(),
                        piece.end.count());
    if (piece.from_row) text += fmt::format(" AND rowid >= {}", *piece.from_row);
    for (const Filter& filter : query_.where) text += " AND " + filter_condition(filter, condition_on);
    return text;
  }

  [[nodiscard]] bool is_address(std::size_t dimension) const {
    return query_.by[dimension]->kind == FieldKind::kAddress;
  }

  // The columns by which rows are the same: "d0h, d0, d1".
  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < query_.by.size(); i++) {
      if (is_address(i)) all.push_back(fmt::format("d{}h", i));
      all.push_back(fmt::format("d{}", i));
    }
    return all;
  }

  [[nodiscard]] static std::string list(const std::vector<std::string>& columns,
                                        std::string_view before = "") {
    std::string text;
    for (const std::string& column : columns)
      text += fmt::format("{}{}{}", text.empty() ? "" : ", ", before, column);
    return text;
  }

  // Each dimension as the answer has it, a comma behind it.
  [[nodiscard]] std::string dimensions(std::string_view before = "") const {
    std::string text;
    for (std::size_t i = 0; i < query_.by.size(); i++)
      text += is_address(i)
                  ? fmt::format(
                        "{} AS w{}, ",
                        whole_address(fmt::format("{}d{}h", before, i), fmt::format("{}d{}", before, i)), i)
                  : fmt::format("{}d{} AS w{}, ", before, i, i);
    return text;
  }

  [[nodiscard]] std::string aggregates() const {
    std::string text;
    for (std::size_t i = 0; i < query_.measures.size(); i++)
      text += fmt::format("{}{} AS a{}", i == 0 ? "" : ", ", aggregate(query_.measures[i], i), i);
    return text;
  }

  [[nodiscard]] bool buckets() const { return query_.bucket != Nanoseconds{}; }

  [[nodiscard]] std::string grouping(const std::string& before = "") const {
    std::string text = buckets() ? before + "time_ns" : "";
    if (!query_.by.empty()) text += (text.empty() ? "" : ", ") + list(keys(), before);
    return text;
  }

  // Dimensions too, so that the same question has the same answer.
  [[nodiscard]] std::string order(bool others) const {
    if (!buckets() && query_.by.empty()) return "";
    std::string text = fmt::format(" ORDER BY {}{}a0 DESC NULLS LAST", buckets() ? "time_ns, " : "",
                                   others ? "others, " : "");
    for (std::size_t i = 0; i < query_.by.size(); i++) text += fmt::format(", w{} NULLS LAST", i);
    return text;
  }

  [[nodiscard]] std::string whole() const {
    const std::string groups = grouping();
    return fmt::format("SELECT {}{}{} FROM {}{}{} LIMIT {}", buckets() ? "time_ns, " : "", dimensions(),
                       aggregates(), from(), groups.empty() ? "" : " GROUP BY " + groups, order(false),
                       query_.top != 0 && !query_.by.empty() && !buckets() ? query_.top : kMostAnswerRows);
  }

  // The keys of the top alone.
  [[nodiscard]] std::string top_keys() const {
    std::string order;
    for (const std::string& key : keys()) order += fmt::format(", {} NULLS LAST", key);
    return fmt::format("SELECT {0}, {1} AS a0 FROM {2} GROUP BY {0} ORDER BY a0 DESC NULLS LAST{3} LIMIT {4}",
                       list(keys()), aggregate(query_.measures[0], 0), from(), order, query_.top);
  }

  // The keys of the top first, then their rows, and with `others` one for the rest, of each bucket.
  [[nodiscard]] std::string with_others() const {
    std::string same, none;
    for (const std::string& key : keys())
      same += fmt::format("{0}f.{1} IS NOT DISTINCT FROM t.{1}", same.empty() ? "" : " AND ", key);
    for (std::size_t i = 0; i < query_.by.size(); i++) none += "NULL, ";
    std::string text = fmt::format(
        "WITH t AS MATERIALIZED ({}) SELECT * FROM (SELECT {}{}{}{} FROM {} f SEMI JOIN t ON {} GROUP BY {}",
        top_keys(), buckets() ? "f.time_ns, " : "", dimensions("f."), aggregates(),
        query_.others ? ", FALSE AS others" : "", from(), same, grouping("f."));
    if (query_.others)
      text += fmt::format(" UNION ALL SELECT {}{}{}, TRUE FROM {} f ANTI JOIN t ON {}{}",
                          buckets() ? "f.time_ns, " : "", none, aggregates(), from(), same,
                          buckets() ? " GROUP BY f.time_ns" : " HAVING count(*) > 0");
    return text + ")" + order(query_.others) + fmt::format(" LIMIT {}", kMostAnswerRows);
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
