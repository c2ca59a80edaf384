#include "cli/analyse_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <span>
#include <vector>

#include "analyse/amount_text.h"
#include "analyse/local_time.h"
#include "base/human_text.h"
#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/query_command.h"
#include "cli/record_output.h"

namespace vedette {

namespace {

constexpr std::chrono::minutes kPatience{2};

struct Option {
  const char* name;       // "--last"
  const char* parameter;  // the API's
  const char* type;
  const char* help;
};

constexpr Option kOf{"--of", "of", "SOURCE", "What is looked at: flows, findings or interfaces"};
constexpr Option kBy{"--by", "by", "FIELD", "Dimensions, a comma between them"};
constexpr Option kMeasure{"--measure", "measure", "MEASURE",
                          "What is summed: bytes, packets, flows, distinct:dst_port, ..."};
constexpr Option kInterface{"--interface", "interface", "NAME", "Of this interface alone"};
constexpr Option kTo{"--to", "to_ns", "TIME", "The span's end, local: \"2026-11-27 14:00\" (default: now)"};
constexpr Option kAgo{"--ago", "ago", "SPAN",
                      "The earlier span begins so much before the later one (default: as --last)"};
constexpr Option kLimit{"--limit", "limit", "N", "Tell so many at most"};

constexpr Option last(const char* help) {
  return {"--last", "last", "SPAN", help};
}

constexpr std::array kAnomalyOptions{
    last("Judge the span that ends now: 1d, 2w (default: 7d)"),
    kTo,
    kOf,
    kBy,
    kMeasure,
    kInterface,
    Option{"--bucket", "bucket", "SPAN", "Judge pieces of so long: 1m to 1h (default: 1h)"},
    Option{"--weeks", "weeks", "N", "Learn what is usual from so many weeks: 3 to 53 (default: 8)"},
    kLimit};
constexpr std::array kBottleneckOptions{
    last("The later span, which ends now (default: 1h)"),
    kTo,
    kAgo,
    Option{"--measure", "measure", "MEASURE",
           "What rose: handshake, round_trip, retransmits or drops (default: handshake)"},
    Option{"--by", "by", "FIELD",
           "Where: interface, process, src_network, dst_network, or another dimension (default: interface)"},
    kLimit};
constexpr std::array kForecastOptions{
    last("Draw on from the span that ends now (default: 90d)"), kTo, kInterface,
    Option{"--capacity", "capacity_bps", "BITS",
           "What the link takes, in bit/s (default: the interface's own speed)"}};
constexpr std::array kMoverOptions{
    last("The later span, which ends now (default: 1h)"), kTo, kAgo, kOf, kBy, kMeasure, kLimit};
constexpr std::array kNewOptions{
    last("What is there in the span that ends now (default: 1d)"),
    kTo,
    kOf,
    kBy,
    kMeasure,
    Option{"--days", "days", "N", "And was not in so many days before (default: 28)"},
    kLimit};
constexpr std::array kSinceYesterdayOptions{
    last("What is there in the span that ends now (default: 1d)"),
    kTo,
    Option{"--kinds", "kinds", "KIND",
           "service, source, country, protocol_version, fingerprint (default: all)"},
    kMeasure,
    Option{"--days", "days", "N", "And was not in so many days before (default: 28)"},
    Option{"--limit", "limit", "N", "Tell so many of each kind at most"}};
constexpr std::array kPeriodOptions{last("Look through the span that ends now (default: 1d)"), kTo, kBy,
                                    kLimit};
constexpr std::array kStepOptions{
    last("Look through the span that ends now (default: 70d)"),
    kTo,
    kOf,
    kBy,
    kMeasure,
    kInterface,
    Option{"--bucket", "bucket", "SPAN", "Tell when to pieces of so long: 1m to 1h (default: 1h)"},
    kLimit};

// How the answer's amounts are shown.
template <Unit unit>
std::string shown(std::string_view text) {
  return amount_text(std::strtod(std::string(text).c_str(), nullptr), unit);
}

using Show = std::string (*)(std::string_view);

Show show_of(const std::string& unit) {
  if (unit == "bytes") return shown<Unit::kBytes>;
  if (unit == "packets") return shown<Unit::kPackets>;
  if (unit == "flows") return shown<Unit::kFlows>;
  if (unit == "bit/s") return shown<Unit::kBitsPerSecond>;
  if (unit == "us") return shown<Unit::kMicroseconds>;
  if (unit == "share") return shown<Unit::kShare>;
  return shown<Unit::kCount>;
}

std::string moment_shown(std::string_view text) {
  return moment_text(Nanoseconds(std::atoll(std::string(text).c_str())), zone_of_this_machine());
}
std::string date_shown(std::string_view text) {
  return date_text(Nanoseconds(std::atoll(std::string(text).c_str())), zone_of_this_machine());
}
std::string span_shown(std::string_view text) {
  return duration_text(Nanoseconds(std::atoll(std::string(text).c_str())));
}
std::string worse_shown(std::string_view text) {
  return text == "true" ? "worse" : std::string(text);
}

std::string ratio_shown(std::string_view text) {
  return fmt::format("{:.2f}", std::strtod(std::string(text).c_str(), nullptr));
}
std::string chance_shown(std::string_view text) {
  return fmt::format("{:.1g}", std::strtod(std::string(text).c_str(), nullptr));
}

// An amount in the answer's own unit.
std::string amount_shown(std::string_view text) {
  return std::string(text);
}

constexpr std::array kAnomalyColumns{Column{"first_ns", "FROM", 0, false, moment_shown},
                                     Column{"last_ns", "TO", 0, false, moment_shown},
                                     Column{"series", "SERIES"},
                                     Column{"side", "SIDE"},
                                     Column{"amount", "AMOUNT", 0, true, amount_shown},
                                     Column{"usual", "USUAL", 0, true, amount_shown},
                                     Column{"score", "SCORE", 0, true, shown<Unit::kCount>},
                                     Column{"says"}};
constexpr std::array kBottleneckColumns{Column{"name", "NAME"},
                                        Column{"before", "BEFORE", 0, true, amount_shown},
                                        Column{"after", "AFTER", 0, true, amount_shown},
                                        Column{"weight_before", "WEIGHT", 0, true, shown<Unit::kShare>},
                                        Column{"weight_after", "NOW", 0, true, shown<Unit::kShare>},
                                        Column{"worse", "VERDICT", 0, false, worse_shown},
                                        Column{"says"}};
constexpr std::array kForecastColumns{
    Column{"series", "SERIES"},
    Column{"load_bps", "LOAD", 0, true, shown<Unit::kBitsPerSecond>},
    Column{"capacity_bps", "CAPACITY", 0, true, shown<Unit::kBitsPerSecond>},
    Column{"a_day_bps", "A DAY", 0, true, shown<Unit::kBitsPerSecond>},
    Column{"filling", "FILLING"},
    Column{"date_ns", "FULL", 0, false, date_shown},
    Column{"earliest_ns", "EARLIEST", 0, false, date_shown},
    Column{"latest_ns", "LATEST", 0, false, date_shown},
    Column{"says"}};
constexpr std::array kMoverColumns{Column{"name", "NAME"}, Column{"before", "BEFORE", 0, true, amount_shown},
                                   Column{"after", "AFTER", 0, true, amount_shown},
                                   Column{"of_change", "OF CHANGE", 0, true, shown<Unit::kShare>},
                                   Column{"says"}};
constexpr std::array kNewColumns{Column{"value", "VALUE"}, Column{"amount", "AMOUNT", 0, true, amount_shown},
                                 Column{"first_ns", "FIRST", 0, false, moment_shown}};
constexpr std::array kSinceYesterdayColumns{Column{"kind", "KIND"}, Column{"value", "VALUE"},
                                            Column{"amount", "AMOUNT", 0, true, amount_shown},
                                            Column{"first_ns", "FIRST", 0, false, moment_shown}};
constexpr std::array kPeriodColumns{Column{"name", "NAME"},
                                    Column{"kind", "KIND"},
                                    Column{"period_ns", "PERIOD", 0, true, span_shown},
                                    Column{"jitter", "JITTER", 0, true, shown<Unit::kShare>},
                                    Column{"times", "TIMES", 0, true},
                                    Column{"last_ns", "LAST", 0, false, moment_shown},
                                    Column{"says"}};

constexpr std::array kStepColumns{Column{"at_ns", "AT", 0, false, moment_shown},
                                  Column{"series", "SERIES"},
                                  Column{"before", "BEFORE", 0, true, amount_shown},
                                  Column{"after", "AFTER", 0, true, amount_shown},
                                  Column{"ratio", "RATIO", 0, true, ratio_shown},
                                  Column{"by_chance", "CHANCE", 0, true, chance_shown},
                                  Column{"says"}};

struct Kind {
  const char* name;
  const char* help;
  std::span<const Option> options;
  const char* list;  // of the answer: what the rows are
  std::span<const Column> columns;
};

const std::array<Kind, 8>& kinds() {
  static const std::array<Kind, 8> kKinds{{
      {"anomalies", "When traffic was not what it usually is at that hour of the week", kAnomalyOptions,
       "anomalies", kAnomalyColumns},
      {"bottlenecks", "Where it became slow or lossy", kBottleneckOptions, "parts", kBottleneckColumns},
      {"forecast", "When links are full", kForecastOptions, "links", kForecastColumns},
      {"movers", "What changed most between two spans", kMoverOptions, "movers", kMoverColumns},
      {"new", "What is there now and was not before", kNewOptions, "values", kNewColumns},
      {"new-since-yesterday", "What services, sources, countries, protocol versions and fingerprints are new",
       kSinceYesterdayOptions, "values", kSinceYesterdayColumns},
      {"periodicity", "Which connections come again after the same time: beacons, jobs", kPeriodOptions,
       "periods", kPeriodColumns},
      {"steps", "When traffic went to another level and stayed there", kStepOptions, "steps", kStepColumns},
  }};
  return kKinds;
}

// As wide as what stands in them.
std::vector<Column> fitted(const Kind& kind, std::string_view answer) {
  std::vector<Column> columns(kind.columns.begin(), kind.columns.end());
  const std::string_view rows = json_member(answer, kind.list);
  std::string unit = json_member_text(answer, "unit");
  for_each_element(rows, [&](std::string_view row) {
    if (unit.empty()) unit = json_member_text(row, "unit");
  });
  for (Column& column : columns) {
    if (column.show == amount_shown) column.show = show_of(unit);
    column.width = static_cast<int>(column.title.size());
    for_each_element(rows, [&](std::string_view row) {
      std::string text = json_member_text(row, column.member);
      if (column.show && !text.empty()) text = column.show(text);
      column.width = std::max(column.width, static_cast<int>(text.size()));
    });
  }
  return columns;
}

int tell(const Kind& kind, const std::string& answer, OutputFormat format) {
  if (format == OutputFormat::kJson) return print(answer + "\n");
  const std::vector<Column> columns = fitted(kind, answer);
  bool any = false;
  for_each_element(json_member(answer, kind.list), [&](std::string_view) { any = true; });
  if (format == OutputFormat::kTable) {
    const int status = print(json_member_exact(answer, "says") + "\n");
    if (status != 0 || !any) return status;
  }
  RecordOutput output(stdout, format, columns);
  for_each_element(json_member(answer, kind.list), [&](std::string_view row) { output.add(row); });
  const auto told = output.flush();
  return told ? 0 : complain(told.error());
}

}  // namespace

int run_analyse(const AnalyseRequest& request) {
  const auto* const kind = std::ranges::find(kinds(), request.kind, &Kind::name);
  const auto value = [&](const char* parameter) {
    const auto found = request.values.find(parameter);
    return found == request.values.end() ? std::string() : found->second;
  };
  std::string to = value("to_ns");
  if (!to.empty()) {
    const auto moment = moment_of("--to", to);
    if (!moment) return complain(moment.error());
    to = std::to_string(moment->count());
  }
  const std::string target =
      ApiClient::target("/v1/analysis/" + request.kind, {{"of", value("of")},
                                                         {"by", value("by")},
                                                         {"measure", value("measure")},
                                                         {"interface", value("interface")},
                                                         {"bucket", value("bucket")},
                                                         {"weeks", value("weeks")},
                                                         {"days", value("days")},
                                                         {"kinds", value("kinds")},
                                                         {"capacity_bps", value("capacity_bps")},
                                                         {"last", value("last")},
                                                         {"ago", value("ago")},
                                                         {"to_ns", to},
                                                         {"limit", value("limit")}});
  const auto answer = ApiClient(request.answer.socket, kPatience).get(target);
  if (!answer) return complain(answer.error());
  if (request.answer.quiet) return 0;
  return tell(*kind, *answer, *output_format(request.answer.format));
}

void add_analyse_command(CLI::App& app, AnalyseRequest& request, int& status) {
  CLI::App* analyse = app.add_subcommand("analyse", "Tell what of history is unusual, new, moved or to come");
  analyse->require_subcommand(1);
  for (const Kind& kind : kinds()) {
    CLI::App* command = analyse->add_subcommand(kind.name, kind.help);
    for (const Option& option : kind.options) {
      // Of one kind alone are there values.
      command->add_option(option.name, request.values[option.parameter], option.help)->type_name(option.type);
    }
    add_answer_options(*command, request.answer);
    command->callback([&request, &status, name = kind.name] {
      request.kind = name;
      status = run_analyse(request);
    });
  }
}

}  // namespace vedette
