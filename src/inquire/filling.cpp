#include "inquire/filling.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "inquire/series_of_history.h"

namespace vedette {

namespace {

constexpr auto kStep = std::chrono::hours(1);
constexpr std::size_t kMostLinks = 64;

// Bytes a step to bit/s.
void to_rate(Series& series) {
  const double seconds = std::chrono::duration<double>(series.step).count();
  for (double& value : series.values) value *= 8 / seconds;
  series.unit = Unit::kBitsPerSecond;
}

std::string interface_of(const Series& series) {
  for (const QueryBehind::Condition& one : series.query.where)
    if (one.field == "interface" && one.op == "=")
      if (const auto* name = std::get_if<std::string>(&one.value)) return *name;
  return {};
}

// The sooner full, the smaller.
std::tuple<int, std::int64_t, double> urgency(const Forecast& one) {
  const bool full = one.filling == Filling::kFull;
  const int rank = full ? 0 : one.date ? 1 : one.filling == Filling::kTooShort ? 3 : 2;
  return {rank, one.date.value_or(Nanoseconds{}).count(), -one.load / one.capacity};
}

std::string says_of(const Fillings& found) {
  std::string text = found.links.empty() ? "there is no history of a link whose capacity is known"
                                         : found.links.front().says;
  if (!found.unknown.empty())
    text += fmt::format("; the capacity isn't known of {}", fmt::join(found.unknown, ", "));
  return text;
}

}  // namespace

Result<Fillings> fillings(Store& store, const ForecastRequest& request) {
  SeriesRequest wanted;
  wanted.interface = request.interface;
  wanted.begin = request.begin;
  wanted.end = request.end;
  wanted.step = kStep;
  wanted.awake_since = request.awake_since;
  wanted.most = kMostLinks;
  auto all = series_of_history(store, wanted);
  if (!all) return std::unexpected(all.error());
  Fillings found;
  for (Series& series : *all) {
    to_rate(series);
    const double capacity = request.capacity(interface_of(series));
    if (capacity > 0)
      found.links.push_back(forecast_of(series, capacity, request.local, request.confidence));
    else
      found.unknown.push_back(series.name);
  }
  std::ranges::stable_sort(found.links, {}, urgency);
  found.says = says_of(found);
  return found;
}

}  // namespace vedette
