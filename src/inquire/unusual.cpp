#include "inquire/unusual.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace vedette {

namespace {

std::string says_of(const Unusual& found, const LocalOffset& local) {
  if (found.series == 0) return "there is no history to judge by";
  const std::string looked =
      fmt::format("{} {} looked at until {}", found.series, found.series == 1 ? "quantity" : "quantities",
                  moment_text(found.judged_to, local));
  if (found.judged_from >= found.judged_to)
    return fmt::format("{}: too little history to judge by, a fortnight is asked for", looked);
  const std::string since = moment_text(found.judged_from, local);
  const std::size_t count = found.anomalies.size() + found.left_out;
  if (count == 0) return fmt::format("{}: nothing unusual since {}", looked, since);
  return fmt::format("{}: {} {} since {}, the latest: {}", looked, count,
                     count == 1 ? "anomaly" : "anomalies", since, found.anomalies.back().says);
}

}  // namespace

Result<Unusual> unusual(Store& store, const AnomaliesRequest& request) {
  SeriesRequest wanted = request.series;
  wanted.end = request.end - request.end % wanted.step;
  wanted.begin = std::max(
      wanted.step, request.begin - std::chrono::days(7 * static_cast<std::int64_t>(request.options.weeks)));
  const auto all = series_of_history(store, wanted);
  if (!all) return std::unexpected(all.error());
  Unusual found;
  found.series = all->size();
  found.judged_to = wanted.end;
  found.judged_from = wanted.end;
  for (const Series& series : *all) {
    AnomaliesFound one = anomalies_in(series, request.begin, wanted.end, request.options);
    found.judged_from = std::min(found.judged_from, one.judged_from);
    std::ranges::move(one.anomalies, std::back_inserter(found.anomalies));
  }
  std::ranges::stable_sort(found.anomalies, {}, &Anomaly::first);
  if (found.anomalies.size() > request.most) {
    found.left_out = found.anomalies.size() - request.most;
    found.anomalies.erase(found.anomalies.begin(),
                          found.anomalies.begin() + static_cast<std::ptrdiff_t>(found.left_out));
  }
  found.says = says_of(found, request.options.local);
  return found;
}

}  // namespace vedette
