#include "store/clickhouse_query.h"

#include <fmt/format.h>

#include "store/clickhouse_server.h"
#include "store/filter_condition.h"

namespace vedette {

namespace {

std::string address_literal(unsigned __int128 address) {
  return fmt::format("toFixedString(unhex('{:016X}{:016X}'), 16)", static_cast<std::uint64_t>(address >> 64),
                     static_cast<std::uint64_t>(address));
}

// That `column` is this value; never NULL itself.
std::string is_value(std::string_view column, const FilterValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return fmt::format("isNull({})", column);
  if (const auto* range = std::get_if<AddressRange>(&value))
    return range->first == range->last
               ? fmt::format("ifNull({} = {}, 0)", column, address_literal(range->first))
               : fmt::format("ifNull({0} >= {1} AND {0} <= {2}, 0)", column, address_literal(range->first),
                             address_literal(range->last));
  if (const auto* text = std::get_if<std::string>(&value))
    return fmt::format("ifNull({} = {}, 0)", column, clickhouse_text(*text));
  return fmt::format("ifNull({} = {}, 0)", column, std::get<std::uint64_t>(value));
}

// Numbers and texts as one set, which is searched once a row; what else there is beside it.
std::string any_value(std::string_view column, const Filter& filter) {
  std::string set, any;
  for (const FilterValue& value : filter.values) {
    const auto* text = std::get_if<std::string>(&value);
    const auto* number = std::get_if<std::uint64_t>(&value);
    if (text)
      set += (set.empty() ? "" : ", ") + clickhouse_text(*text);
    else if (number)
      set += fmt::format("{}{}", set.empty() ? "" : ", ", *number);
    else
      any += (any.empty() ? "" : " OR ") + is_value(column, value);
  }
  if (!set.empty()) any += fmt::format("{}ifNull({} IN ({}), 0)", any.empty() ? "" : " OR ", column, set);
  return "(" + any + ")";
}

std::string condition_on(std::string_view column, const Filter& filter) {
  switch (filter.op) {
    case FilterOp::kEqual:
    case FilterOp::kIn:
      return any_value(column, filter);
    case FilterOp::kNotEqual:
      return "NOT " + any_value(column, filter);
    default:
      return fmt::format("ifNull({} {} {}, 0)", column, filter_op_text(filter.op),
                         std::get<std::uint64_t>(filter.values.front()));
  }
}

// What of a piece's rows a measure needs, grouped, by names that are the same for all pieces.
std::string piece_columns(const Measure& measure, std::size_t number, bool rolled) {
  const std::string_view column = measure.field->column;
  switch (measure.kind) {
    case MeasureKind::kSum:
      return fmt::format("sum({}) AS m{}", column, number);
    case MeasureKind::kDistinct:
      return fmt::format("uniqExactState({}) AS m{}", column, number);
    case MeasureKind::kMean:
      if (rolled) return fmt::format("sum({0}_sum) AS m{1}, sum({0}_count) AS n{1}", column, number);
      return fmt::format("sum(ifNull({0}, 0)) AS m{1}, toInt64(count({0})) AS n{1}", column, number);
    case MeasureKind::kCount:
      if (rolled) return fmt::format("sum({}_count) AS m{}", column, number);
      return fmt::format("toInt64(count({})) AS m{}", column, number);
    case MeasureKind::kMin:
      return fmt::format("min({}{}) AS m{}", column, rolled ? "_min" : "", number);
    case MeasureKind::kMax:
      break;
  }
  return fmt::format("max({}{}) AS m{}", column, rolled ? "_max" : "", number);
}

std::string aggregate(const Measure& measure, std::size_t number) {
  const std::string_view type = measure.field->kind == FieldKind::kReal ? "Float64" : "UInt64";
  switch (measure.kind) {
    case MeasureKind::kSum:
    case MeasureKind::kCount:
      return fmt::format("CAST(if(sum(c) = 0, NULL, sum(m{})) AS Nullable(UInt64))", number);
    case MeasureKind::kDistinct:
      return fmt::format("CAST(uniqExactMerge(m{}) AS Nullable(UInt64))", number);
    case MeasureKind::kMean:
      return fmt::format(
          "CAST(if(sum(n{0}) > 0, toFloat64(sum(m{0})) / toFloat64(sum(n{0})), NULL) AS Nullable(Float64))",
          number);
    case MeasureKind::kMin:
      return fmt::format("CAST(if(sum(c) = 0, NULL, min(m{})) AS Nullable({}))", number, type);
    case MeasureKind::kMax:
      break;
  }
  return fmt::format("CAST(if(sum(c) = 0, NULL, max(m{})) AS Nullable({}))", number, type);
}

BinaryType binary_type(const Field& field) {
  if (field.kind == FieldKind::kAddress) return BinaryType::kAddress;
  if (field.kind == FieldKind::kText) return BinaryType::kText;
  return BinaryType::kNumber;
}

std::string_view type_name(BinaryType type) {
  switch (type) {
    case BinaryType::kAddress:
      return "FixedString(16)";
    case BinaryType::kText:
      return "String";
    case BinaryType::kReal:
      return "Float64";
    case BinaryType::kNumber:
      break;
  }
  return "UInt64";
}

// For a dimension that is absent, so that keys can be compared.
std::string_view none_of(BinaryType type) {
  if (type == BinaryType::kAddress) return "toFixedString('', 16)";
  return type == BinaryType::kText ? "''" : "0";
}

class Statement {
 public:
  Statement(const Query& query, std::span<const ClickhousePiece> pieces) : query_(query), pieces_(pieces) {}

  [[nodiscard]] std::string text() const {
    const bool chosen = query_.top != 0 && !query_.by.empty();
    const bool marked = chosen && (buckets() || query_.others);
    std::string text = "SELECT ";
    if (buckets()) text += "CAST(t AS Nullable(UInt64)) AS rt, ";
    for (std::size_t i = 0; i < query_.by.size(); i++)
      text += fmt::format("CAST({} AS Nullable({})) AS r{}, ",
                          marked ? fmt::format("if(top, d{}, NULL)", i) : fmt::format("d{}", i),
                          type_name(binary_type(*query_.by[i])), i);
    for (std::size_t i = 0; i < query_.measures.size(); i++)
      text += fmt::format("{}{} AS a{}", i == 0 ? "" : ", ", aggregate(query_.measures[i], i), i);
    if (query_.others) text += ", CAST(NOT top AS Nullable(UInt64)) AS others";
    text += fmt::format(" FROM {}", marked ? with_top() : pieces(true));
    if (marked && !query_.others) text += " WHERE top";
    text += grouping(marked) + order();
    return text + fmt::format(" LIMIT {} FORMAT RowBinary", chosen && !marked ? query_.top : kMostAnswerRows);
  }

 private:
  [[nodiscard]] bool buckets() const { return query_.bucket != Nanoseconds{}; }

  // All pieces, grouped by the dimensions (and time), with each measure or for the first alone.
  [[nodiscard]] std::string pieces(bool whole) const {
    std::string text;
    for (const ClickhousePiece& piece : pieces_) {
      if (!text.empty()) text += " UNION ALL ";
      text += select_piece(piece, whole);
    }
    return "(" + text + ")";
  }

  [[nodiscard]] std::string select_piece(const ClickhousePiece& piece, bool whole) const {
    std::string text = "SELECT ", groups;
    if (buckets() && whole) {
      text += fmt::format("intDiv(time_ns, {0}) * {0} AS t, ", query_.bucket.count());
      groups = "t";
    }
    for (std::size_t i = 0; i < query_.by.size(); i++) {
      text += fmt::format("{} AS d{}, ", query_.by[i]->column, i);
      groups += fmt::format("{}d{}", groups.empty() ? "" : ", ", i);
    }
    for (std::size_t i = 0; i < (whole ? query_.measures.size() : 1); i++)
      text += piece_columns(query_.measures[i], i, piece.rolled) + ", ";
    text += fmt::format("count() AS c FROM {} WHERE {}", piece.table, within(piece.spans));
    if (!piece.counted.empty()) text += " AND " + piece.counted;
    for (const Filter& filter : query_.where) text += " AND " + filter_condition(filter, condition_on);
    return text + (groups.empty() ? "" : " GROUP BY " + groups);
  }

  // A row's key as a tuple without NULL.
  [[nodiscard]] std::string key() const {
    std::string text;
    for (std::size_t i = 0; i < query_.by.size(); i++)
      text += fmt::format("{}isNull(d{}), ifNull(d{}, {})", text.empty() ? "" : ", ", i, i,
                          none_of(binary_type(*query_.by[i])));
    return text;
  }

  // The pieces' groups, each with whether its key is of the top.
  [[nodiscard]] std::string with_top() const {
    std::string keys, order;
    for (std::size_t i = 0; i < query_.by.size(); i++) {
      keys += fmt::format("{}d{}", keys.empty() ? "" : ", ", i);
      order += fmt::format(", d{} NULLS LAST", i);
    }
    return fmt::format(
        "(SELECT *, ({0}) GLOBAL IN (SELECT {0} FROM (SELECT {1}, {2} AS a0 FROM {3} GROUP BY {1} ORDER BY "
        "a0 "
        "DESC NULLS LAST{4} LIMIT {5})) AS top FROM {6})",
        key(), keys, aggregate(query_.measures[0], 0), pieces(false), order, query_.top, pieces(true));
  }

  [[nodiscard]] std::string grouping(bool marked) const {
    std::string text;
    const auto add = [&](const std::string& column) { text += (text.empty() ? "" : ", ") + column; };
    if (buckets()) add("t");
    if (marked) add("top");
    for (std::size_t i = 0; i < query_.by.size(); i++) add(fmt::format("{}{}", marked ? "r" : "d", i));
    return text.empty() ? "" : " GROUP BY " + text;
  }

  // Dimensions too, so that the same question has the same answer.
  [[nodiscard]] std::string order() const {
    if (!buckets() && query_.by.empty()) return "";
    std::string text = fmt::format(" ORDER BY {}{}a0 DESC NULLS LAST", buckets() ? "rt, " : "",
                                   query_.others ? "others, " : "");
    for (std::size_t i = 0; i < query_.by.size(); i++) text += fmt::format(", r{} NULLS LAST", i);
    return text;
  }

  const Query& query_;
  std::span<const ClickhousePiece> pieces_;
};

}  // namespace

std::string within(std::span<const TimeSpan> spans) {
  std::string any;
  for (const TimeSpan& span : spans)
    any += fmt::format("{}(time_ns >= {} AND time_ns < {})", any.empty() ? "" : " OR ", span.begin.count(),
                       span.end.count());
  return "(" + any + ")";
}

std::string clickhouse_query(const Query& query, std::span<const ClickhousePiece> pieces) {
  return Statement(query, pieces).text();
}

std::vector<BinaryType> binary_types(const Query& query) {
  std::vector<BinaryType> types;
  if (query.bucket != Nanoseconds{}) types.push_back(BinaryType::kNumber);
  for (const Field* field : query.by) types.push_back(binary_type(*field));
  for (const Measure& measure : query.measures) {
    const bool real = measure.kind == MeasureKind::kMean ||
                      (measure.field->kind == FieldKind::kReal && measure.kind != MeasureKind::kDistinct &&
                       measure.kind != MeasureKind::kCount);
    types.push_back(real ? BinaryType::kReal : BinaryType::kNumber);
  }
  if (query.others) types.push_back(BinaryType::kNumber);
  return types;
}

}  // namespace vedette
