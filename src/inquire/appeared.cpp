#include "inquire/appeared.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "inquire/question.h"

namespace vedette {

namespace {

constexpr Nanoseconds kDay = std::chrono::days(1);
// Of the span: when a newcomer was first seen is known to a hundredth of it, or to the minute.
constexpr std::int64_t kSteps = 100;

Nanoseconds step_of(Nanoseconds length) {
  constexpr Nanoseconds kMinute = std::chrono::minutes(1), kHour = std::chrono::hours(1);
  const Nanoseconds step = length / kSteps;
  const Nanoseconds whole = step >= kHour ? kHour : kMinute;
  return std::max(whole, step - step % whole);
}

QueryBehind question_of(const NewcomersRequest& request, Nanoseconds begin, Nanoseconds end,
                        Nanoseconds bucket) {
  QueryBehind question;
  question.from = request.from;
  question.measures = {request.measure};
  question.by = request.by;
  question.from_ns = begin.count();
  question.to_ns = end.count();
  question.bucket_ns = bucket.count();
  return question;
}

bool is_known(const std::vector<AnswerValue>& row, std::size_t dimensions) {
  return std::none_of(row.begin() + 1, row.begin() + 1 + static_cast<std::ptrdiff_t>(dimensions),
                      [](const AnswerValue& value) { return std::holds_alternative<std::monostate>(value); });
}

Nanoseconds time_of(const std::vector<AnswerValue>& row) {
  const auto* time = std::get_if<std::uint64_t>(&row.front());
  return Nanoseconds(time ? static_cast<std::int64_t>(*time) : 0);
}

Known known_before(const QueryAnswer& answer, const NewcomersRequest& request) {
  Known known;
  known.days_asked = request.days;
  std::set<std::int64_t> days;
  for (const auto& row : answer.rows) {
    // A day on which none is known, as before a database of countries was there, says of none that it wasn't.
    if (!is_known(row, request.by.size())) continue;
    days.insert(time_of(row).count());
    known.days_seen[name_of_row(answer, row, 1, request.by.size())]++;
  }
  known.days = static_cast<std::uint32_t>(days.size());
  return known;
}

std::vector<Sighting> seen_now(const QueryAnswer& answer, const NewcomersRequest& request) {
  std::vector<Sighting> seen;
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& row : answer.rows) {
    if (!is_known(row, request.by.size())) continue;
    const auto [place, is_new] =
        places.try_emplace(name_of_row(answer, row, 1, request.by.size()), seen.size());
    // Rows come by their time: the first is of when it was first seen.
    if (is_new)
      seen.push_back({.value = place->first, .amount = 0, .first = std::max(time_of(row), request.begin)});
    seen[place->second].amount += amount_of(row.back());
  }
  return seen;
}

}  // namespace

Result<Newcomers> appeared(Store& store, const NewcomersRequest& request) {
  if (auto adds = must_add_up(request.measure); !adds) return std::unexpected(adds.error());
  if (request.by.empty()) return unusable("/by", "expected at least one dimension, found none");
  // Days begin at midnight in UTC, as the history's buckets do.
  const Nanoseconds last = request.begin + kDay - Nanoseconds(1);
  const Nanoseconds since =
      std::max(Nanoseconds{}, last - last % kDay - kDay * static_cast<std::int64_t>(request.days));
  const QueryBehind before = question_of(request, since, request.begin, kDay);
  const Nanoseconds length = request.end - request.begin;
  const QueryBehind now = question_of(request, request.begin, request.end, step_of(length));
  const auto was = ask(store, before);
  if (!was) return std::unexpected(was.error());
  const auto is = ask(store, now);
  if (!is) return std::unexpected(is.error());
  Newcomers found =
      newcomers_among(seen_now(*is, request), known_before(*was, request),
                      std::chrono::duration<double>(length) / std::chrono::days(1),
                      request.what.empty() ? fmt::format("{}", fmt::join(request.by, ", ")) : request.what,
                      unit_of(request.measure), request.most, request.local);
  found.query_before = before;
  found.query_now = now;
  return found;
}

}  // namespace vedette
