#include "inquire/stepped.h"

#include <fmt/format.h>

#include <algorithm>

namespace vedette {

namespace {

std::string says_of(const Stepped& found) {
  if (found.series == 0) return "there is no history to look through";
  const std::string looked = fmt::format("{} {} looked through over {} {}", found.series,
                                         found.series == 1 ? "quantity" : "quantities", found.days,
                                         found.days == 1 ? "day" : "days");
  if (found.is_short) return looked + ": too few days to tell a step from chance, three weeks are asked for";
  const std::size_t count = found.steps.size() + found.left_out;
  if (count == 0) return looked + ": none stepped to another level";
  return fmt::format("{}: {} {}, the latest: {}", looked, count, count == 1 ? "step" : "steps",
                     found.steps.back().step.says);
}

}  // namespace

Result<Stepped> stepped(Store& store, const StepsRequest& request) {
  SeriesRequest wanted = request.series;
  wanted.begin = request.begin;
  wanted.end = request.end;
  const auto all = series_of_history(store, wanted);
  if (!all) return std::unexpected(all.error());
  Stepped found;
  found.series = all->size();
  found.is_short = true;
  for (const Series& series : *all) {
    StepsFound one = steps_in(series, request.local);
    found.days = std::max(found.days, one.days);
    found.is_short = found.is_short && one.is_short;
    for (Step& step : one.steps)
      found.steps.push_back({.series = series.name,
                             .unit = series.unit,
                             .bucket = series.step,
                             .step = std::move(step),
                             .query = one.query});
  }
  std::ranges::stable_sort(found.steps, {}, [](const SteppedSeries& one) { return one.step.at; });
  if (found.steps.size() > request.most) {
    found.left_out = found.steps.size() - request.most;
    found.steps.erase(found.steps.begin(), found.steps.begin() + static_cast<std::ptrdiff_t>(found.left_out));
  }
  found.says = says_of(found);
  return found;
}

}  // namespace vedette
