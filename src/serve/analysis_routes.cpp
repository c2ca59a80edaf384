#include "serve/analysis_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <utility>

#include "inquire/analysis_json.h"
#include "inquire/appeared.h"
#include "inquire/filling.h"
#include "inquire/moved.h"
#include "inquire/recurring.h"
#include "inquire/since_yesterday.h"
#include "inquire/slowed.h"
#include "inquire/stepped.h"
#include "inquire/unusual.h"
#include "serve/query_routes.h"
#include "store/query_json.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr std::uint64_t kMostListed = 1000;

Nanoseconds now() {
  return std::chrono::system_clock::now().time_since_epoch();
}

std::string parameter(std::string_view name) {
  return fmt::format("parameter \"{}\"", name);
}

Result<void> read(const Request& request, const std::string& name, std::string& text) {
  text = text_parameter(request, name, std::move(text));
  return {};
}

// "src_ip,dst_port".
Result<void> read(const Request& request, const std::string& name, std::vector<std::string>& names) {
  if (!request.parameters.contains(name)) return {};
  const std::string text = text_parameter(request, name);
  names.clear();
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    names.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return {};
}

Result<void> read(const Request& request, const std::string& name, Nanoseconds& span) {
  if (!request.parameters.contains(name)) return {};
  const std::string text = text_parameter(request, name);
  const auto given = span_of(text);
  if (!given)
    return unusable(parameter(name), fmt::format("expected a number and s, m, h, d or w, found \"{}\"", text),
                    "such as 90s, 5m, 1h, 7d");
  span = *given;
  return {};
}

// What is looked at, and by which dimensions and measure where the request doesn't say.
Result<void> read_source(const Request& request, std::string& from, std::vector<std::string>& by,
                         std::string& measure) {
  from = text_parameter(request, "of", from);
  if (from == "interfaces") by = {"interface", "direction"};
  if (from == "findings") {
    by = {"kind"};
    measure = "findings";
  }
  if (auto done = read(request, "by", by); !done) return done;
  return read(request, "measure", measure);
}

// Quantities of interfaces where the request doesn't say.
Result<void> read_series(const Request& request, SeriesRequest& series) {
  if (text_parameter(request, "of") == "flows") series.by = {"interface"};
  if (auto done = read_source(request, series.from, series.by, series.measure); !done) return done;
  if (auto done = read(request, "interface", series.interface); !done) return done;
  if (auto done = read(request, "bucket", series.step); !done) return done;
  if (series.step < 1min || series.step > 1h)
    return unusable(parameter("bucket"),
                    "expected a span from 1m to 1h, found " + text_parameter(request, "bucket"),
                    "what is usual is known by the hour");
  return {};
}

Result<void> read_limit(const Request& request, std::size_t& most) {
  const auto limit = number_parameter(request, "limit", most, 1, kMostListed);
  if (!limit) return std::unexpected(limit.error());
  most = *limit;
  return {};
}

// Days in which what is new wasn't there.
Result<void> read_days_before(const Request& request, std::uint32_t& before) {
  constexpr std::uint64_t kMostDays = 800;
  const auto known = number_parameter(request, "days", before, 1, kMostDays);
  if (!known) return std::unexpected(known.error());
  before = static_cast<std::uint32_t>(*known);
  return {};
}

// What is looked at ends at `to_ns`, else now, and is as long as `last`, else `usual`.
template <typename Asked>
Result<void> read_span(const Request& request, Nanoseconds usual, Asked& asked) {
  const auto latest = static_cast<std::uint64_t>(now().count());
  const auto end = number_parameter(request, "to_ns", latest, 1, latest);
  if (!end) return std::unexpected(end.error());
  if (auto done = read(request, "last", usual); !done) return done;
  asked.end = Nanoseconds(static_cast<std::int64_t>(*end));
  asked.begin = asked.end - usual;
  if (asked.begin <= 0ns) return unusable(parameter("last"), "expected a span that begins after 1970");
  return {};
}

// The earlier of two spans begins so much before the later one.
template <typename Asked>
Result<void> read_ago(const Request& request, Asked& asked) {
  const Nanoseconds length = asked.end - asked.begin;
  asked.ago = length;
  if (auto done = read(request, "ago", asked.ago); !done) return done;
  if (asked.ago < length)
    return unusable(parameter("ago"),
                    fmt::format("expected a span as long as what is compared at least, found {}",
                                text_parameter(request, "ago")),
                    "two spans that overlap have no difference");
  if (asked.ago >= asked.begin) return unusable(parameter("ago"), "expected a span that begins after 1970");
  return {};
}

// The first that is wrong.
Result<void> all_of(std::initializer_list<Result<void>> steps) {
  for (const Result<void>& step : steps)
    if (!step) return step;
  return {};
}

// Analyses name what is wrong by its place in the query behind them: by which parameter it came there.
Problem problem_of_analysis(const Error& error) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPlaces{{{"/from", "of"},
                                                                                  {"/measures", "measure"},
                                                                                  {"/by", "by"},
                                                                                  {"/where", "interface"},
                                                                                  {"/kinds", "kinds"}}};
  Error told = error;
  for (const auto& [place, name] : kPlaces)
    if (error.kind == ErrorKind::kUnusable && error.where.starts_with(place)) told.where = parameter(name);
  return problem_of(told);
}

template <typename Asked, typename Found>
Answer answer_of(const RouteContext& context, const Asked& asked, Result<Found> (*ask)(Store&, const Asked&),
                 std::string (*json)(const Found&)) {
  Store* store = context.backend.store();
  if (store == nullptr) return no_history();
  const auto found = ask(*store, asked);
  if (!found) return problem_of_analysis(found.error());
  return Document{"application/json", json(*found)};
}

Nanoseconds awake_since(const RouteContext& context) {
  return now() - context.backend.health().uptime;
}

// What the kernel says of an interface's link, in bit/s; 0 where it has no speed, such as a virtual one.
double link_speed(const std::string& interface) {
  if (interface.empty() || interface.find('/') != std::string::npos || interface.starts_with('.')) return 0;
  std::ifstream file("/sys/class/net/" + interface + "/speed");
  double mbits = 0;
  return file >> mbits && mbits > 0 ? mbits * 1e6 : 0;
}

}  // namespace

Answer analyse_anomalies(const RouteContext& context, const Request& request) {
  constexpr std::uint64_t kLeastWeeks = 3, kMostWeeks = 53;
  AnomaliesRequest asked;
  asked.options.local = zone_of_this_machine();
  asked.series.awake_since = awake_since(context);
  if (auto done = only_parameters(
          request, {"of", "by", "measure", "interface", "bucket", "weeks", "last", "to_ns", "limit"});
      !done)
    return problem_of(done.error());
  const auto weeks = number_parameter(request, "weeks", asked.options.weeks, kLeastWeeks, kMostWeeks);
  if (!weeks) return problem_of(weeks.error());
  asked.options.weeks = *weeks;
  if (auto done = all_of({read_series(request, asked.series), read_span(request, days(7), asked),
                          read_limit(request, asked.most)});
      !done)
    return problem_of(done.error());
  return answer_of(context, asked, unusual, anomalies_json);
}

Answer analyse_bottlenecks(const RouteContext& context, const Request& request) {
  BottlenecksRequest asked;
  std::string measure = "handshake";
  if (auto done = all_of({only_parameters(request, {"measure", "by", "last", "to_ns", "ago", "limit"}),
                          read(request, "measure", measure), read(request, "by", asked.by),
                          read_span(request, 1h, asked), read_limit(request, asked.most)});
      !done)
    return problem_of(done.error());
  if (auto done = read_ago(request, asked); !done) return problem_of(done.error());
  const auto known = slowness_named(measure);
  if (!known)
    return problem_of(
        Error{ErrorKind::kUnusable,
              parameter("measure"),
              fmt::format("expected handshake, round_trip, retransmits or drops, found \"{}\"", measure),
              {}});
  asked.measure = *known;
  return answer_of(context, asked, slowed, bottlenecks_json);
}

Answer analyse_forecast(const RouteContext& context, const Request& request) {
  constexpr std::uint64_t kMostBits = 1'000'000'000'000'000;
  ForecastRequest asked;
  asked.local = zone_of_this_machine();
  asked.awake_since = awake_since(context);
  if (auto done = all_of({only_parameters(request, {"capacity_bps", "interface", "last", "to_ns"}),
                          read(request, "interface", asked.interface), read_span(request, days(90), asked)});
      !done)
    return problem_of(done.error());
  const auto capacity = number_parameter(request, "capacity_bps", 0, 1, kMostBits);
  if (!capacity) return problem_of(capacity.error());
  asked.capacity = [given = static_cast<double>(*capacity)](const std::string& interface) {
    return given > 0 ? given : link_speed(interface);
  };
  return answer_of(context, asked, fillings, forecast_json);
}

Answer analyse_movers(const RouteContext& context, const Request& request) {
  MoversRequest asked;
  if (auto done = all_of({only_parameters(request, {"of", "by", "measure", "last", "to_ns", "ago", "limit"}),
                          read_source(request, asked.from, asked.by, asked.measure),
                          read_span(request, 1h, asked), read_limit(request, asked.most)});
      !done)
    return problem_of(done.error());
  if (auto done = read_ago(request, asked); !done) return problem_of(done.error());
  return answer_of(context, asked, moved, movers_json);
}

Answer analyse_new(const RouteContext& context, const Request& request) {
  NewcomersRequest asked;
  asked.local = zone_of_this_machine();
  if (auto done = all_of({only_parameters(request, {"of", "by", "measure", "last", "to_ns", "days", "limit"}),
                          read_source(request, asked.from, asked.by, asked.measure),
                          read_span(request, days(1), asked), read_limit(request, asked.most),
                          read_days_before(request, asked.days)});
      !done)
    return problem_of(done.error());
  return answer_of(context, asked, appeared, newcomers_json);
}

Answer analyse_new_since_yesterday(const RouteContext& context, const Request& request) {
  SinceYesterdayRequest asked;
  asked.local = zone_of_this_machine();
  if (auto done = all_of({only_parameters(request, {"kinds", "measure", "last", "to_ns", "days", "limit"}),
                          read(request, "kinds", asked.kinds), read(request, "measure", asked.measure),
                          read_span(request, days(1), asked), read_limit(request, asked.most),
                          read_days_before(request, asked.days)});
      !done)
    return problem_of(done.error());
  return answer_of(context, asked, since_yesterday, since_yesterday_json);
}

Answer analyse_periodicity(const RouteContext& context, const Request& request) {
  PeriodicityRequest asked;
  asked.local = zone_of_this_machine();
  if (auto done =
          all_of({only_parameters(request, {"by", "last", "to_ns", "limit"}), read(request, "by", asked.by),
                  read_span(request, days(1), asked), read_limit(request, asked.most)});
      !done)
    return problem_of(done.error());
  return answer_of(context, asked, recurring, periodicity_json);
}

Answer analyse_steps(const RouteContext& context, const Request& request) {
  StepsRequest asked;
  asked.local = zone_of_this_machine();
  asked.series.awake_since = awake_since(context);
  if (auto done = all_of(
          {only_parameters(request, {"of", "by", "measure", "interface", "bucket", "last", "to_ns", "limit"}),
           read_series(request, asked.series), read_span(request, days(70), asked),
           read_limit(request, asked.most)});
      !done)
    return problem_of(done.error());
  return answer_of(context, asked, stepped, steps_json);
}

}  // namespace vedette
