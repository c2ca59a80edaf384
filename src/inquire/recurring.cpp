#include "inquire/recurring.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "inquire/question.h"

namespace vedette {

namespace {

constexpr std::size_t kLeastTimes = 8;      // fewer have no period (analyse/periodicity.h)
constexpr std::size_t kMostTimes = 20'000;  // of one connection: what period_of() looks at
constexpr std::size_t kAllTimes = 400'000;  // of all that are looked at: a second or two of work
constexpr std::size_t kMostValues = 100'000;
constexpr std::int64_t kMostSteps = 90'000;  // a query takes 100,000 buckets
constexpr double kRowsAPiece = 100'000;      // of an answer that is held at once: some 20 MB

struct Candidate {
  QueryBehind query;  // of it alone
  std::size_t flows = 0;
  std::vector<Nanoseconds> times;
};
using Candidates = std::unordered_map<std::string, Candidate>;

QueryBehind question_of(const PeriodicityRequest& request, Nanoseconds begin, Nanoseconds end) {
  QueryBehind question;
  question.from = "flows";
  question.measures = {"flows"};
  question.by = request.by;
  question.from_ns = begin.count();
  question.to_ns = end.count();
  return question;
}

// Whole seconds: so long that there are few enough steps.
Nanoseconds resolution_of(Nanoseconds length) {
  const Nanoseconds step = length / kMostSteps;
  return std::chrono::ceil<std::chrono::seconds>(std::max(step, Nanoseconds(std::chrono::seconds(1))));
}

struct Chosen {
  Candidates candidates;
  std::size_t left_out = 0;
  double flows = 0;  // of all connections, looked at or not
};

Result<Chosen> choose(Store& store, const PeriodicityRequest& request) {
  QueryBehind question = question_of(request, request.begin, request.end);
  question.top = kMostValues;
  const auto answer = ask(store, question);
  if (!answer) return std::unexpected(answer.error());
  Chosen chosen;
  if (answer->rows.size() >= kMostValues) chosen.left_out++;
  std::size_t times = 0;
  // The greatest comes first: from the back the rarest, which browsing doesn't hide.
  for (auto row = answer->rows.rbegin(); row != answer->rows.rend(); row++) {
    const auto flows = static_cast<std::size_t>(amount_of(row->back()));
    chosen.flows += static_cast<double>(flows);
    if (flows < kLeastTimes) continue;
    if (flows > kMostTimes || times + flows > kAllTimes) {
      chosen.left_out++;
      continue;
    }
    times += flows;
    Candidate candidate;
    candidate.flows = flows;
    candidate.query = question_of(request, request.begin, request.end);
    candidate.query.by.clear();
    for (std::size_t i = 0; i < request.by.size(); i++) {
      if (const auto* text = std::get_if<std::string>(&(*row)[i]))
        candidate.query.where.push_back({request.by[i], "=", *text});
      else if (const auto* number = std::get_if<std::uint64_t>(&(*row)[i]))
        candidate.query.where.push_back({request.by[i], "=", *number});
    }
    chosen.candidates.emplace(name_of_row(*answer, *row, 0, request.by.size()), std::move(candidate));
  }
  return chosen;
}

// In pieces, each of which holds some `kRowsAPiece` rows.
Result<void> take_times(Store& store, const PeriodicityRequest& request, Nanoseconds resolution,
                        Chosen& chosen) {
  const auto pieces = static_cast<std::int64_t>(chosen.flows / kRowsAPiece) + 1;
  const Nanoseconds length = (request.end - request.begin) / pieces + Nanoseconds(1);
  const Nanoseconds whole = std::max(resolution, length - length % resolution);
  for (Nanoseconds begin = request.begin; begin < request.end;) {
    const Nanoseconds end = std::min(request.end, begin - begin % resolution + whole);
    QueryBehind question = question_of(request, begin, end);
    question.bucket_ns = resolution.count();
    const auto answer = ask(store, question);
    if (!answer) return std::unexpected(answer.error());
    for (const auto& row : answer->rows) {
      const auto found = chosen.candidates.find(name_of_row(*answer, row, 1, request.by.size()));
      // A long flow's later rows begin none.
      if (found == chosen.candidates.end() || amount_of(row.back()) == 0) continue;
      if (const auto* time = std::get_if<std::uint64_t>(&row.front()))
        found->second.times.emplace_back(static_cast<std::int64_t>(*time));
    }
    begin = end;
  }
  return {};
}

std::string says_of(const Recurrences& found) {
  const std::string looked =
      fmt::format("{} {} looked at", found.looked_at, found.looked_at == 1 ? "connection" : "connections");
  if (found.found.empty()) return looked + ": none comes again after the same time";
  return fmt::format("{}: {} again after the same time; the surest: {}", looked,
                     found.found.size() + found.omitted == 1
                         ? "one comes"
                         : fmt::format("{} come", found.found.size() + found.omitted),
                     found.found.front().period.says);
}

}  // namespace

Result<Recurrences> recurring(Store& store, const PeriodicityRequest& request) {
  if (request.by.empty()) return unusable("/by", "expected at least one dimension, found none");
  auto chosen = choose(store, request);
  if (!chosen) return std::unexpected(chosen.error());
  Recurrences result;
  result.resolution = resolution_of(request.end - request.begin);
  result.left_out = chosen->left_out;
  result.looked_at = chosen->candidates.size();
  if (result.looked_at > 0)
    if (auto taken = take_times(store, request, result.resolution, *chosen); !taken)
      return std::unexpected(taken.error());
  PeriodicityOptions options;
  options.resolution = result.resolution;
  options.false_alarm = request.false_alarm / static_cast<double>(std::max<std::size_t>(1, result.looked_at));
  options.local = request.local;
  for (const auto& [name, candidate] : chosen->candidates)
    if (auto period = period_of(candidate.times, name, options))
      result.found.push_back({name, *std::move(period), candidate.query});
  std::ranges::sort(result.found, [](const Recurrence& left, const Recurrence& right) {
    if (left.period.kind != right.period.kind) return left.period.kind < right.period.kind;
    if (left.period.by_chance != right.period.by_chance)
      return left.period.by_chance < right.period.by_chance;
    return left.name < right.name;
  });
  if (result.found.size() > request.most) {
    result.omitted = result.found.size() - request.most;
    result.found.resize(request.most);
  }
  for (Recurrence& one : result.found) one.query.bucket_ns = result.resolution.count();
  result.says = says_of(result);
  return result;
}

}  // namespace vedette
