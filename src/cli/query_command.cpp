#include "cli/query_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <tuple>

#include "base/human_text.h"
#include "base/json_list.h"
#include "base/json_writer.h"
#include "cli/api_client.h"
#include "cli/capture_output.h"
#include "cli/json_members.h"
#include "cli/record_output.h"
#include "store/query_json.h"

namespace vedette {

namespace {

constexpr const char* kPath = "/v1/query";
constexpr std::chrono::minutes kPatience{2};

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "2026-11-27 14:03:07", local.
std::string date_shown(std::string_view text) {
  const auto seconds = static_cast<std::time_t>(number_of(text) / 1'000'000'000);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> date{};
  return {date.data(), std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M:%S", &local)};
}
std::string bytes_shown(std::string_view text) {
  return bytes_text(number_of(text));
}
std::string span_shown(std::string_view text) {
  return duration_text(std::chrono::microseconds(number_of(text)));
}
std::string yes_shown(std::string_view text) {
  return text == "true" ? "yes" : std::string(text);
}

struct Condition {
  std::string field, op;
  std::vector<std::string> values;
};

Result<Condition> condition_of(const std::string& text) {
  const std::size_t at = text.find_first_of("=!<>");
  if (at == std::string::npos || at == 0)
    return unusable("--where", fmt::format("expected FIELD=VALUE, !=, <, <=, > or >=, found {}", text),
                    "such as dst_port=443, src_ip=10.0.0.0/8, app=tls,quic");
  const std::size_t length = text[at] != '=' && at + 1 < text.size() && text[at + 1] == '=' ? 2 : 1;
  Condition condition{.field = text.substr(0, at), .op = text.substr(at, length), .values = {}};
  const std::string values = text.substr(at + length);
  for (std::size_t begin = 0; begin <= values.size();) {
    const std::size_t end = std::min(values.find(',', begin), values.size());
    condition.values.push_back(values.substr(begin, end - begin));
    begin = end + 1;
  }
  if (condition.op == "=" && condition.values.size() > 1) condition.op = "in";
  if (condition.op != "in" && condition.values.size() > 1)
    return unusable("--where", fmt::format("{} takes one value, found {}", condition.op, values));
  return condition;
}

void write_value(JsonWriter& json, const Field* field, const std::string& value) {
  if (value.empty()) return json.raw("null");
  const bool number = field && (field->kind == FieldKind::kNumber || field->kind == FieldKind::kFlag);
  const bool plain =
      value == "true" || value == "false" || value.find_first_not_of("0123456789") == std::string::npos;
  // What is no number is the sensor's to refuse, which knows the place.
  if (number && plain) return json.raw(value);
  json.value(std::string_view(value));
}

Result<void> write_where(JsonWriter& json, const HistoryRequest& request) {
  if (request.where.empty()) return {};
  json.key("where");
  json.begin_array();
  const auto source = query_source_named(request.source).value_or(QuerySource::kFlows);
  for (const std::string& text : request.where) {
    const auto condition = condition_of(text);
    if (!condition) return std::unexpected(condition.error());
    const Field* field = field_named(source, condition->field);
    json.begin_object();
    json.field("field", std::string_view(condition->field));
    json.field("op", std::string_view(condition->op));
    json.key("value");
    if (condition->op == "in") {
      json.begin_array();
      for (const std::string& value : condition->values) write_value(json, field, value);
      json.end_array();
    } else {
      write_value(json, field, condition->values.front());
    }
    json.end_object();
  }
  json.end_array();
  return {};
}

struct Columns {
  std::vector<std::string> names, titles;
  std::vector<Column> all;
};

std::string (*show_of(std::string_view name, std::string_view unit))(std::string_view) {
  if (name == "time_ns") return date_shown;
  if (unit == "bytes") return bytes_shown;
  if (unit == "us") return span_shown;
  if (name == "others" || name == "outdated") return yes_shown;
  return nullptr;
}

// As wide as what stands in them.
Columns columns_of(std::string_view answer) {
  Columns columns;
  std::vector<std::string> units;
  for_each_element(json_member(answer, "columns"), [&](std::string_view one) {
    columns.names.push_back(json_member_text(one, "name"));
    units.push_back(json_member_text(one, "unit"));
  });
  for (const std::string& name : columns.names) {
    std::string title = name == "time_ns" ? "time" : name;
    std::ranges::transform(title, title.begin(), [](unsigned char letter) { return std::toupper(letter); });
    columns.titles.push_back(std::move(title));
  }
  for (std::size_t i = 0; i < columns.names.size(); i++)
    columns.all.push_back({.member = columns.names[i],
                           .title = columns.titles[i],
                           .width = static_cast<int>(columns.titles[i].size()),
                           .right = !units[i].empty() && columns.names[i] != "time_ns",
                           .show = show_of(columns.names[i], units[i])});
  for_each_element(json_member(answer, "rows"), [&](std::string_view row) {
    for (Column& column : columns.all) {
      std::string text = json_member_text(row, column.member);
      if (column.show && !text.empty()) text = column.show(text);
      column.width = std::max(column.width, static_cast<int>(text.size()));
    }
  });
  return columns;
}

// How the API names the form that a file's name asks for; empty: none.
std::string form_of(const std::string& file) {
  for (const char* form : {"parquet", "csv", "json"})
    if (file.ends_with(fmt::format(".{}", form))) return form;
  return {};
}

int write_file(const HistoryRequest& request, const std::string& query) {
  const std::string form = form_of(request.file);
  if (form.empty())
    return complain({ErrorKind::kUnusable,
                     "--write",
                     "expected a name that ends in .parquet, .csv or .json, found " + request.file,
                     {}});
  Result<CaptureOutput> output = CaptureOutput::open(request.file);
  if (!output) return complain(output.error());
  const auto answer = ApiClient(request.answer.socket, kPatience)
                          .send("POST", ApiClient::target(kPath, {{"format", form}}), query);
  if (!answer) {
    output->give_up();
    return complain(answer.error());
  }
  const Result<void> written = output->write(*answer);
  return written ? 0 : complain(written.error());
}

}  // namespace

Result<Nanoseconds> moment_of(const std::string& option, const std::string& text) {
  if (text.size() > 12 && text.find_first_not_of("0123456789") == std::string::npos)
    return Nanoseconds(static_cast<std::int64_t>(number_of(text)));
  for (const char* form :
       {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm local{};
    local.tm_isdst = -1;
    const char* end = strptime(text.c_str(), form, &local);
    if (end == nullptr || *end != '\0') continue;
    return Nanoseconds(std::chrono::seconds(std::mktime(&local)));
  }
  return unusable(
      option,
      fmt::format("expected a time such as 2026-11-27 14:00, or nanoseconds since 1970, found {}", text));
}

Result<std::string> history_query(const HistoryRequest& request) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.field("from", std::string_view(request.source));
  write_list(json, "measures", request.measures);
  write_list(json, "by", request.by);
  if (auto written = write_where(json, request); !written) return std::unexpected(written.error());
  if (!request.last.empty()) json.field("last", std::string_view(request.last));
  for (const auto& [option, member, text] :
       {std::tuple{"--from", "from_ns", &request.from}, std::tuple{"--to", "to_ns", &request.to}}) {
    if (text->empty()) continue;
    const auto time = moment_of(option, *text);
    if (!time) return std::unexpected(time.error());
    json.field(member, time->count());
  }
  if (!request.bucket.empty()) json.field("bucket", std::string_view(request.bucket));
  if (request.top != 0) json.field("top", request.top);
  if (request.others) json.field("others", true);
  json.end_object();
  return fmt::to_string(out);
}

int run_query(const HistoryRequest& request) {
  const auto query = history_query(request);
  if (!query) return complain(query.error());
  if (!request.file.empty()) return write_file(request, *query);
  const auto answer = ApiClient(request.answer.socket, kPatience).send("POST", kPath, *query);
  if (!answer) return complain(answer.error());
  if (request.answer.quiet) return 0;
  const Columns columns = columns_of(*answer);
  RecordOutput output(stdout, *output_format(request.answer.format), columns.all);
  for_each_element(json_member(*answer, "rows"), [&](std::string_view row) { output.add(row); });
  const auto told = output.flush();
  return told ? 0 : complain(told.error());
}

void add_query_command(CLI::App& app, HistoryRequest& request, int& status) {
  CLI::App* command =
      app.add_subcommand("query", "Tell history: sums of what was seen, by dimensions and time");
  command->add_option("--of", request.source, "What is asked for: flows, findings or interfaces")
      ->check(one_of({"flows", "findings", "interfaces"}))
      ->capture_default_str();
  command->add_option("--by", request.by, "Dimensions, a comma between them: src_ip, dst_port, app, ...")
      ->delimiter(',')
      ->type_name("FIELD");
  command
      ->add_option(
          "--measure", request.measures,
          "Measures, a comma between them: bytes, flows, distinct:dst_port, mean:rtt_us, ... (default: "
          "bytes,packets)")
      ->delimiter(',')
      ->type_name("MEASURE");
  command
      ->add_option("--where", request.where,
                   "A condition: FIELD=VALUE[,VALUE], !=, <, <=, >, >=; may be given again, and all hold")
      ->type_name("CONDITION");
  command->add_option("--last", request.last, "The span that ends now: 90s, 5m, 1h, 7d, 2w (default: 1h)")
      ->type_name("SPAN");
  command->add_option("--from", request.from, "The span's begin, local: \"2026-11-27 14:00\"")
      ->type_name("TIME");
  command->add_option("--to", request.to, "Its end")->type_name("TIME");
  command->add_option("--bucket", request.bucket, "A row for each so long: 1m, 1h")->type_name("SPAN");
  command->add_option("--top", request.top, "The greatest N by the first measure")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command->add_flag("--others", request.others, "A row for all the rest beside them");
  command->add_option("-w,--write", request.file, "Into a file: .parquet, .csv or .json")->type_name("FILE");
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_query(request); });
}

}  // namespace vedette
