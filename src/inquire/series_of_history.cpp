#include "inquire/series_of_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "inquire/question.h"

namespace vedette {

namespace {

constexpr Nanoseconds kMinute = std::chrono::minutes(1);
constexpr Nanoseconds kWhole = std::chrono::days(10);  // the latest steps, which are held to be whole

QueryBehind question_of(const SeriesRequest& request) {
  QueryBehind question;
  question.from = request.from;
  question.measures = {request.measure};
  question.by = request.by;
  if (!request.interface.empty()) question.where.push_back({"interface", "=", request.interface});
  question.from_ns = request.begin.count();
  question.to_ns = request.end.count();
  question.bucket_ns = request.step.count();
  question.top = request.by.empty() ? 0 : request.most;
  return question;
}

// "bytes in on eth0", "flows of tls".
std::string series_name(const SeriesRequest& request, const std::vector<std::string>& values) {
  if (values.empty()) return request.measure;
  const auto on = std::ranges::find(request.by, "interface");
  const auto way = std::ranges::find(request.by, "direction");
  std::string name = request.measure;
  if (way != request.by.end()) name += " " + values[static_cast<std::size_t>(way - request.by.begin())];
  std::string of;
  for (std::size_t i = 0; i < values.size(); i++)
    if (request.by[i] != "interface" && request.by[i] != "direction")
      of += (of.empty() ? " of " : ", ") + values[i];
  name += of;
  if (on != request.by.end()) name += " on " + values[static_cast<std::size_t>(on - request.by.begin())];
  return name;
}

// A question that asks for one of the series alone.
QueryBehind question_of_one(QueryBehind question, const std::vector<AnswerValue>& row, std::size_t first) {
  question.top = 0;
  for (std::size_t i = 0; i < question.by.size(); i++) {
    if (const auto* text = std::get_if<std::string>(&row[first + i]))
      question.where.push_back({question.by[i], "=", *text});
    else if (const auto* number = std::get_if<std::uint64_t>(&row[first + i]))
      question.where.push_back({question.by[i], "=", *number});
  }
  question.by.clear();
  return question;
}

class Steps {
 public:
  explicit Steps(const SeriesRequest& request)
      : request_(request),
        there_(static_cast<std::size_t>((request.end - request.begin) / request.step), false) {}

  [[nodiscard]] std::size_t size() const { return there_.size(); }

  // Of a row's time, which is its step's begin. Steps that lie outside are none.
  [[nodiscard]] std::size_t of(const AnswerValue& time) const {
    const auto* at = std::get_if<std::uint64_t>(&time);
    const Nanoseconds begin(at ? static_cast<std::int64_t>(*at) : 0);
    if (begin < request_.begin) return size();
    return std::min(static_cast<std::size_t>((begin - request_.begin) / request_.step), size());
  }

  void mark(const QueryAnswer& answer) {
    for (const auto& row : answer.rows)
      if (const std::size_t step = of(row.front()); step < size()) there_[step] = true;
  }

  // By the minutes of [since, until) in which anything was seen: steps with a hole are broken, the sensor was
  // off for a while. Unless holes are usual, of a host that is quiet.
  void find_holes(const QueryAnswer& minutes, Nanoseconds since, Nanoseconds until) {
    std::vector<bool> seen(static_cast<std::size_t>((until - since) / kMinute), false);
    for (const auto& row : minutes.rows) {
      const auto* at = std::get_if<std::uint64_t>(&row.front());
      const Nanoseconds begin(at ? static_cast<std::int64_t>(*at) : 0);
      if (begin >= since && begin < until) seen[static_cast<std::size_t>((begin - since) / kMinute)] = true;
    }
    std::vector<std::size_t> with_hole;
    std::size_t looked_at = 0;
    for (std::size_t step = 0; step < size(); step++) {
      const Nanoseconds begin = begin_of(step), end = std::min(begin + request_.step, until);
      if (!there_[step] || begin < since || begin >= until) continue;
      looked_at++;
      std::size_t absent = 0, longest = 0;
      for (Nanoseconds at = begin; at < end; at += kMinute) {
        absent = seen[static_cast<std::size_t>((at - since) / kMinute)] ? 0 : absent + 1;
        longest = std::max(longest, absent);
      }
      if (longest >= kHoleMinutes) with_hole.push_back(step);
    }
    if (static_cast<double>(with_hole.size()) > static_cast<double>(looked_at) * kQuietPart) return;
    for (const std::size_t step : with_hole) broken_[step] = true;
  }

  // Steps beside a gap are broken: the sensor began or ended within them.
  [[nodiscard]] bool is_measured(std::size_t step) const {
    if (broken_[step]) return false;
    const Nanoseconds begin = begin_of(step);
    if (begin >= request_.awake_since) return true;
    const bool after_gap = step == 0 || !there_[step - 1];
    const bool before_gap =
        step + 1 < size() && !there_[step + 1] && begin + request_.step < request_.awake_since;
    return there_[step] && !(after_gap && step != 0) && !before_gap;
  }

 private:
  static constexpr std::size_t kHoleMinutes = 2;
  static constexpr double kQuietPart = 0.1;  // of the steps have holes

  [[nodiscard]] Nanoseconds begin_of(std::size_t step) const {
    return request_.begin + request_.step * static_cast<std::int64_t>(step);
  }

  const SeriesRequest& request_;
  std::vector<bool> there_;
  std::vector<bool> broken_ = std::vector<bool>(there_.size(), false);
};

// In which pieces of a span the sensor saw anything at all.
Result<QueryAnswer> presence(Store& store, Nanoseconds begin, Nanoseconds end, Nanoseconds piece) {
  QueryBehind question;
  question.from = "interfaces";
  question.measures = {"packets"};
  question.from_ns = begin.count();
  question.to_ns = end.count();
  question.bucket_ns = piece.count();
  return ask(store, question);
}

// What is learnt from is told by medians, which a broken step in a week doesn't move: it is the latest ones,
// which are judged, that must be whole.
Result<void> find_holes(Store& store, const SeriesRequest& request, Steps& steps) {
  if (request.step % kMinute != Nanoseconds{}) return {};
  const Nanoseconds since = std::max(request.begin, request.end - kWhole);
  const Nanoseconds awake = std::min(request.end, request.awake_since);
  const Nanoseconds until = awake - awake % kMinute;
  if (since >= until) return {};
  const auto minutes = presence(store, since, until, kMinute);
  if (!minutes) return std::unexpected(minutes.error());
  steps.find_holes(*minutes, since, until);
  return {};
}

}  // namespace

Result<std::vector<Series>> series_of_history(Store& store, const SeriesRequest& asked) {
  SeriesRequest request = asked;
  request.begin -= request.begin % request.step;
  request.end -= request.end % request.step;
  if (request.begin >= request.end) return std::vector<Series>();
  if (auto adds = must_add_up(request.measure); !adds) return std::unexpected(adds.error());
  const QueryBehind question = question_of(request);
  const auto answer = ask(store, question);
  if (!answer) return std::unexpected(answer.error());
  const auto seen = presence(store, request.begin, request.end, request.step);
  if (!seen) return std::unexpected(seen.error());
  Steps steps(request);
  steps.mark(*seen);
  steps.mark(*answer);
  if (auto found = find_holes(store, request, steps); !found) return std::unexpected(found.error());

  std::vector<Series> all;
  std::map<std::string, std::size_t> places;  // by name
  const std::size_t dimensions = request.by.size();
  for (const auto& row : answer->rows) {
    const std::size_t step = steps.of(row.front());
    if (step == steps.size()) continue;
    std::vector<std::string> values;
    for (std::size_t i = 0; i < dimensions; i++)
      if (!std::holds_alternative<std::monostate>(row[1 + i]))
        values.push_back(name_of(answer->columns[1 + i], row[1 + i]));
    if (values.size() < dimensions) continue;
    const auto [place, is_new] = places.try_emplace(series_name(request, values), all.size());
    if (is_new) {
      Series& series = all.emplace_back();
      series.name = place->first;
      series.unit = unit_of(request.measure);
      series.from = request.begin;
      series.step = request.step;
      series.query = question_of_one(question, row, 1);
      series.values.resize(steps.size(), 0);
    }
    all[place->second].values[step] += amount_of(row.back());
  }
  for (Series& series : all)
    for (std::size_t step = 0; step < steps.size(); step++)
      if (!steps.is_measured(step)) series.values[step] = Series::kNotMeasured;
  return all;
}

}  // namespace vedette
