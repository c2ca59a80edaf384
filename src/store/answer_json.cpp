#include "store/answer_json.h"

#include <fmt/format.h>

#include "base/json_writer.h"

namespace vedette {

namespace {

struct Write {
  JsonWriter& json;
  std::string_view name;

  void operator()(std::monostate) const {}
  void operator()(const std::string& text) const { json.field(name, std::string_view(text)); }
  void operator()(const auto& value) const { json.field(name, value); }
};

void write_row(JsonWriter& json, const QueryAnswer& answer, const std::vector<AnswerValue>& row) {
  json.begin_object();
  for (std::size_t i = 0; i < row.size(); i++) {
    const bool* flag = std::get_if<bool>(&row[i]);
    // A flag that isn't set is an absent fact.
    if (flag && !*flag) continue;
    std::visit(Write{json, answer.columns[i].name}, row[i]);
  }
  json.end_object();
}

struct Csv {
  fmt::memory_buffer& out;

  void operator()(std::monostate) const {}
  void operator()(bool flag) const { fmt::format_to(fmt::appender(out), "{}", flag ? "true" : ""); }
  void operator()(const std::string& text) const {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      out.append(text);
      return;
    }
    out.push_back('"');
    for (const char letter : text) {
      if (letter == '"') out.push_back('"');
      out.push_back(letter);
    }
    out.push_back('"');
  }
  void operator()(const auto& number) const { fmt::format_to(fmt::appender(out), "{}", number); }
};

}  // namespace

std::string answer_json(const QueryAnswer& answer) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("columns");
  json.begin_array();
  for (const AnswerColumn& column : answer.columns) {
    json.begin_object();
    json.field("name", std::string_view(column.name));
    if (!column.unit.empty()) json.field("unit", column.unit);
    json.end_object();
  }
  json.end_array();
  json.key("rows");
  json.begin_array();
  for (const auto& row : answer.rows) write_row(json, answer, row);
  json.end_array();
  json.field("from_ns", answer.begin.count());
  json.field("to_ns", answer.end.count());
  if (answer.bucket != Nanoseconds{}) json.field("bucket_ns", answer.bucket.count());
  json.field("level", store_level_name(answer.level));
  json.field("took_us", answer.took.count());
  json.end_object();
  return fmt::to_string(out);
}

std::string answer_csv(const QueryAnswer& answer) {
  fmt::memory_buffer out;
  for (std::size_t i = 0; i < answer.columns.size(); i++)
    fmt::format_to(fmt::appender(out), "{}{}", i == 0 ? "" : ",", answer.columns[i].name);
  out.push_back('\n');
  for (const auto& row : answer.rows) {
    for (std::size_t i = 0; i < row.size(); i++) {
      if (i != 0) out.push_back(',');
      std::visit(Csv{out}, row[i]);
    }
    out.push_back('\n');
  }
  return fmt::to_string(out);
}

}  // namespace vedette
