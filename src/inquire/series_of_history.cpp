#include "inquire/series_of_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "inquire/question.h"

namespace vedette {

namespace {

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

  // Steps beside a gap are broken: the sensor began or ended within them.
  [[nodiscard]] bool is_measured(std::size_t step) const {
    const Nanoseconds begin = request_.begin + request_.step * static_cast<std::int64_t>(step);
    if (begin >= request_.awake_since) return true;
    const bool after_gap = step == 0 || !there_[step - 1];
    const bool before_gap =
        step + 1 < size() && !there_[step + 1] && begin + request_.step < request_.awake_since;
    return there_[step] && !(after_gap && step != 0) && !before_gap;
  }

 private:
  const SeriesRequest& request_;
  std::vector<bool> there_;
};

// In which steps the sensor saw anything at all.
Result<QueryAnswer> presence(Store& store, const SeriesRequest& request) {
  QueryBehind question;
  question.from = "interfaces";
  question.measures = {"packets"};
  question.from_ns = request.begin.count();
  question.to_ns = request.end.count();
  question.bucket_ns = request.step.count();
  return ask(store, question);
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
  const auto seen = presence(store, request);
  if (!seen) return std::unexpected(seen.error());
  Steps steps(request);
  steps.mark(*seen);
  steps.mark(*answer);

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
