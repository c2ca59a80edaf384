#include "inquire/question.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_list.h"
#include "store/query_json.h"

namespace vedette {

namespace {

struct Name {
  std::string_view field;

  std::string operator()(std::monostate) const { return fmt::format("no {}", field); }
  std::string operator()(bool flag) const { return flag ? std::string(field) : fmt::format("not {}", field); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const auto& number) const { return fmt::format("{}", number); }
};

struct Amount {
  double operator()(std::uint64_t number) const { return static_cast<double>(number); }
  double operator()(double number) const { return number; }
  double operator()(const auto&) const { return 0; }
};

}  // namespace

void write_question(JsonWriter& json, const QueryBehind& question) {
  json.begin_object();
  json.field("from", std::string_view(question.from));
  write_list(json, "measures", question.measures);
  write_list(json, "by", question.by);
  if (!question.where.empty()) {
    json.key("where");
    json.begin_array();
    for (const QueryBehind::Condition& one : question.where) {
      json.begin_object();
      json.field("field", std::string_view(one.field));
      json.field("op", std::string_view(one.op));
      if (const auto* text = std::get_if<std::string>(&one.value))
        json.field("value", std::string_view(*text));
      else
        json.field("value", std::get<std::uint64_t>(one.value));
      json.end_object();
    }
    json.end_array();
  }
  json.field("from_ns", question.from_ns);
  json.field("to_ns", question.to_ns);
  if (question.bucket_ns != 0)
    json.field("bucket", std::string_view(fmt::format("{}s", question.bucket_ns / 1'000'000'000)));
  if (question.top != 0) json.field("top", question.top);
  json.end_object();
}

Result<QueryAnswer> ask(Store& store, const QueryBehind& question) {
  fmt::memory_buffer text;
  JsonWriter json(text);
  write_question(json, question);
  const auto query = parse_query({text.data(), text.size()}, Nanoseconds(question.to_ns));
  if (!query) return std::unexpected(query.error());
  auto answer = store.answer(*query);
  if (answer && answer->rows.size() >= kMostAnswerRows)
    return busy("history", fmt::format("there are more than {} rows to look at", kMostAnswerRows),
                "ask for a shorter span, or for fewer dimensions");
  return answer;
}

std::string name_of(const AnswerColumn& column, const AnswerValue& value) {
  return std::visit(Name{column.name}, value);
}

double amount_of(const AnswerValue& value) {
  return std::visit(Amount{}, value);
}

std::string name_of_row(const QueryAnswer& answer, const std::vector<AnswerValue>& row, std::size_t first,
                        std::size_t dimensions) {
  std::string name;
  for (std::size_t i = first; i < first + dimensions; i++)
    name += (name.empty() ? "" : ", ") + name_of(answer.columns[i], row[i]);
  return name;
}

Unit unit_of(std::string_view measure) {
  constexpr std::array<std::pair<std::string_view, Unit>, 6> kUnits{{
      {"bytes", Unit::kBytes},
      {"reply_bytes", Unit::kBytes},
      {"dropped_bytes", Unit::kBytes},
      {"flows", Unit::kFlows},
      {"packets", Unit::kPackets},
      {"reply_packets", Unit::kPackets},
  }};
  const auto* known = std::ranges::find(kUnits, measure, &std::pair<std::string_view, Unit>::first);
  return known == kUnits.end() ? Unit::kCount : known->second;
}

Result<void> must_add_up(std::string_view measure) {
  for (const std::string_view kind : {"mean:", "min:", "max:"})
    if (measure.starts_with(kind))
      return unusable("/measures/0", fmt::format("{} doesn't add up over its parts", measure),
                      "such as bytes, packets, flows");
  return {};
}

}  // namespace vedette
