#include "serve/flow_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/json_writer.h"
#include "serve/query_routes.h"
#include "serve/status_json.h"
#include "store/query_json.h"

namespace vedette {

namespace {

constexpr std::uint64_t kMostFlows = 10'000;  // in an answer
constexpr std::uint64_t kLatestTime = std::numeric_limits<std::int64_t>::max();
constexpr Nanoseconds kUsualSpan = std::chrono::hours(1);

// Where a page of stored flows begins: pages of one question are of the same span.
struct Place {
  std::uint64_t from = 0, to = 0, skip = 0;
};

// "1764252000000000000-1764255600000000000-100".
std::string cursor_of(const Place& place) {
  return fmt::format("{}-{}-{}", place.from, place.to, place.skip);
}

Result<Place> place_of(const std::string& cursor) {
  Place place;
  const char* at = cursor.data();
  const char* end = at + cursor.size();
  const std::array<std::uint64_t*, 3> numbers{&place.from, &place.to, &place.skip};
  bool good = true;
  for (std::size_t i = 0; i < numbers.size() && good; i++) {
    if (i != 0) good = at != end && *at++ == '-';
    const auto read = std::from_chars(at, end, *numbers[i]);
    good = good && read.ec == std::errc();
    at = read.ptr;
  }
  if (!good || at != end || place.from >= place.to || place.to > kLatestTime)
    return unusable("cursor", fmt::format("\"{}\" did not come from an answer", cursor));
  return place;
}

Nanoseconds time_of(std::uint64_t number) {
  return Nanoseconds(static_cast<std::int64_t>(number));
}

Result<Place> span_asked(const Request& request) {
  const auto now =
      static_cast<std::uint64_t>(Nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
  const auto to = number_parameter(request, "to_ns", now, 1, kLatestTime);
  if (!to) return std::unexpected(to.error());
  auto span = static_cast<std::uint64_t>(kUsualSpan.count());
  if (request.parameters.contains("last")) {
    if (request.parameters.contains("from_ns"))
      return unusable("parameter \"last\"", "stands beside from_ns: expected one of both");
    const std::string text = text_parameter(request, "last");
    const auto given = span_of(text);
    if (!given)
      return unusable("parameter \"last\"",
                      fmt::format("expected a number and s, m, h, d or w, found \"{}\"", text),
                      "such as 90s, 5m, 1h, 7d");
    span = static_cast<std::uint64_t>(given->count());
  }
  const auto from = number_parameter(request, "from_ns", *to - std::min(*to, span), 0, kLatestTime);
  if (!from) return std::unexpected(from.error());
  if (*from >= *to)
    return unusable("parameter \"from_ns\"",
                    fmt::format("the span ends ({}) before it begins ({})", *to, *from));
  return Place{*from, *to, 0};
}

std::string found_json(const FoundFlows& found, const Place& next) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("flows");
  json.begin_array();
  for (const auto& row : found.rows) json.raw(found_flow_json(row));
  json.end_array();
  json.field("total", found.total);
  json.field("from_ns", found.begin.count());
  json.field("to_ns", found.end.count());
  if (next.skip < found.total) json.field("next_cursor", std::string_view(cursor_of(next)));
  json.end_object();
  return fmt::to_string(out);
}

Answer stored_flows(const RouteContext& context, const Request& request, const FlowQuery& query) {
  auto place = span_asked(request);
  if (place && !query.cursor.empty()) place = place_of(query.cursor);
  if (!place) return problem_of(place.error());
  Store* store = context.backend.store();
  if (store == nullptr) return no_history();
  FlowSearch search;
  search.begin = time_of(place->from);
  search.end = time_of(place->to);
  search.filter = query.filter;
  search.sort = query.sort;
  search.skip = place->skip;
  search.limit = query.limit;
  const auto found = store->find_flows(search);
  if (!found) return problem_of(found.error());
  place->skip += found->rows.size();
  if (found->rows.empty()) place->skip = found->total;
  return Document{"application/json", found_json(*found, *place)};
}

}  // namespace

Answer get_flows(const RouteContext& context, const Request& request) {
  if (auto known =
          only_parameters(request, {"limit", "cursor", "sort", "filter", "from_ns", "to_ns", "last"});
      !known)
    return problem_of(known.error());
  FlowQuery query;
  auto limit = number_parameter(request, "limit", query.limit, 1, kMostFlows);
  if (!limit) return problem_of(limit.error());
  query.limit = *limit;
  query.cursor = text_parameter(request, "cursor");
  query.sort = text_parameter(request, "sort", query.sort);
  query.filter = text_parameter(request, "filter");
  for (const char* name : {"from_ns", "to_ns", "last"})
    if (request.parameters.contains(name)) return stored_flows(context, request, query);
  auto page = context.backend.flows(query);
  if (!page) return problem_of(page.error());
  return Document{"application/json", flows_json(*page)};
}

}  // namespace vedette
