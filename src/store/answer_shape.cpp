#include "store/answer_shape.h"

#include "store/wide_address.h"

namespace vedette {

namespace {

AnswerKind answer_kind(const Field& field) {
  switch (field.kind) {
    case FieldKind::kNumber:
      return AnswerKind::kInteger;
    case FieldKind::kReal:
      return AnswerKind::kReal;
    case FieldKind::kFlag:
      return AnswerKind::kFlag;
    default:
      return AnswerKind::kText;
  }
}

AnswerColumn measure_column(const Measure& measure) {
  AnswerColumn column{.name = measure.name(), .unit = measure.field->unit, .kind = AnswerKind::kInteger};
  if (measure.kind == MeasureKind::kDistinct || measure.kind == MeasureKind::kCount) {
    column.unit = {};
    return column;
  }
  if (measure.kind == MeasureKind::kMean || measure.field->kind == FieldKind::kReal)
    column.kind = AnswerKind::kReal;
  return column;
}

}  // namespace

std::vector<AnswerColumn> answer_columns(const Query& query) {
  std::vector<AnswerColumn> columns;
  if (query.bucket != Nanoseconds{})
    columns.push_back({.name = "time_ns", .unit = "ns", .kind = AnswerKind::kInteger});
  for (const Field* field : query.by)
    columns.push_back({.name = std::string(field->name), .unit = {}, .kind = answer_kind(*field)});
  for (const Measure& measure : query.measures) columns.push_back(measure_column(measure));
  if (query.others) columns.push_back({.name = "others", .unit = {}, .kind = AnswerKind::kFlag});
  return columns;
}

std::vector<const Field*> answer_fields(const Query& query) {
  std::vector<const Field*> all;
  if (query.bucket != Nanoseconds{}) all.push_back(nullptr);
  all.insert(all.end(), query.by.begin(), query.by.end());
  all.resize(all.size() + query.measures.size() + (query.others ? 1 : 0), nullptr);
  return all;
}

AnswerValue AnswerValueOf::operator()(std::uint64_t number) const {
  if (!field || field->kind != FieldKind::kNamed) return number;
  std::string name = field->names.name(number);
  if (name.empty()) return {};
  return name;
}

AnswerValue AnswerValueOf::operator()(unsigned __int128 address) const {
  return wide_address_text(address);
}

void leave_out_sums_of_nothing(const Query& query, QueryAnswer& answer) {
  if (query.by.empty() && query.bucket == Nanoseconds{} && answer.rows.size() == 1 &&
      std::holds_alternative<std::monostate>(answer.rows[0][0]))
    answer.rows.clear();
}

}  // namespace vedette
