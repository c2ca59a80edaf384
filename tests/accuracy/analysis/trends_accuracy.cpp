// Trends, forecasts and steps.
#include <algorithm>
#include <cmath>

#include "analyse/forecast.h"
#include "analyse/quantile.h"
#include "analyse/steps.h"
#include "report.h"
#include "simulated_traffic.h"

namespace vedette {

namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Nanoseconds kBegin = std::chrono::seconds(1'767'567'600);  // Monday, 5 January 2026
constexpr std::size_t kSeeds = 200;

constexpr double kWeekend = 0.8;

// A link's load in bit/s by the hour: it grows by the line, with a daily and weekly rhythm and a noise of the
// days of the given correlation. What is beside that stays below the busy hours, whose line is thus known.
Series link_load(double start, double a_day, std::size_t count_days, double correlation, std::uint64_t seed) {
  Chance chance(seed * 104'729 + 17);
  const auto& day = traffic_kinds()[1].day;
  Series series;
  series.name = "eth0 in";
  series.unit = Unit::kBitsPerSecond;
  series.from = kBegin;
  series.step = hours(1);
  double level = 0;
  for (std::size_t i = 0; i < count_days * 24; i++) {
    if (i % 24 == 0)
      level = correlation * level + std::sqrt(1 - correlation * correlation) * 0.05 * chance.normal();
    const double line = start + a_day * static_cast<double>(i / 24);
    const double weekend = i / 24 % 7 >= 5 ? kWeekend : 1;
    double value = line * weekend * day[i % 24] * std::exp(level);
    if (day[i % 24] < 0.9) value *= std::exp(0.1 * chance.normal() - 0.1);
    if (day[i % 24] < 0.4 && chance.even() < 0.1) value *= std::min(2.0, chance.pareto(1.1, 1.5));
    series.values.push_back(value);
  }
  return series;
}

// What the line is to be multiplied by for the busy hours' load of a working day.
double busy_hours() {
  const auto& day = traffic_kinds()[1].day;
  return quantile_of({day.begin(), day.end()}, 0.95);
}

struct Covered {
  std::size_t slope = 0, date = 0, dated = 0, claimed = 0;
  std::vector<double> off;  // days between the date said and the true one
};

Covered cover(double a_day, std::size_t count_days, double correlation) {
  constexpr double kStart = 3e8, kCapacity = 1e9;
  Covered covered;
  for (std::uint64_t seed = 1; seed <= kSeeds; seed++) {
    const Series load = link_load(kStart, a_day, count_days, correlation, seed);
    const Forecast forecast = forecast_of(load, kCapacity, summer_time);
    const double truth = a_day * busy_hours();
    if (forecast.low_a_day <= truth && forecast.high_a_day >= truth) covered.slope++;
    if (forecast.filling == Filling::kFills || forecast.filling == Filling::kFull) covered.claimed++;
    if (forecast.filling != Filling::kFills || a_day <= 0) continue;
    const double until = (kCapacity / busy_hours() - kStart) / a_day;
    const Nanoseconds true_date =
        kBegin + hours(12) + Nanoseconds(static_cast<std::int64_t>(until * 86'400e9));
    covered.dated++;
    if (*forecast.earliest <= true_date && (!forecast.latest || *forecast.latest >= true_date))
      covered.date++;
    covered.off.push_back(std::abs(std::chrono::duration<double>(*forecast.date - true_date) / days(1)));
  }
  return covered;
}

}  // namespace

void measure_trends(Report& report) {
  report.line("\n## Trend and the date at which a link fills\n");
  report.line(
      fmt::format("A link of 1 Gbit/s whose busy hours are at some 40 % when it begins, {} series each; "
                  "intervals of 95 %. The correlation is that of",
                  kSeeds));
  report.line(
      "one day's level with the next one's, which Sen's interval knows nothing of without its correction.\n");
  report.line(
      "| growth a day | days known | correlation | slope in its interval | a date said | true date in its "
      "interval | median error | asked for |");
  report.line("|---|---:|---:|---:|---:|---:|---:|---:|");
  struct Case {
    double a_day;
    std::size_t days;
    double correlation;
    double covered;  // asked for
    double dated;
  };
  for (const Case& one : {Case{5e6, 56, 0, 0.9, 0.95}, Case{5e6, 56, 0.6, 0.8, 0.8},
                          Case{3e6, 90, 0.3, 0.85, 0.9}, Case{5e6, 28, 0, 0.85, 0.5}}) {
    const Covered covered = cover(one.a_day, one.days, one.correlation);
    const double slopes = static_cast<double>(covered.slope) / kSeeds,
                 dated = static_cast<double>(covered.dated) / kSeeds;
    const double dates =
        static_cast<double>(covered.date) / static_cast<double>(std::max<std::size_t>(1, covered.dated));
    report.line(
        fmt::format("| {:.0f} Mbit/s | {} | {:.1f} | {:.0f} % | {:.0f} % | {:.0f} % | {:.0f} days | ≥ {:.0f} "
                    "%, ≥ {:.0f} %, ≥ {:.0f} % |",
                    one.a_day / 1e6, one.days, one.correlation, slopes * 100, dated * 100, dates * 100,
                    median_of(covered.off), one.covered * 100, one.dated * 100, one.covered * 100));
    const std::string what = fmt::format("forecast, {} days, correlation {}", one.days, one.correlation);
    report.at_least(what + ": slope covered", slopes, one.covered);
    report.at_least(what + ": date said", dated, one.dated);
    report.at_least(what + ": date covered", dates, one.covered);
  }
  for (const double correlation : {0.0, 0.6}) {
    const Covered covered = cover(0, 56, correlation);
    const double slopes = static_cast<double>(covered.slope) / kSeeds,
                 claimed = static_cast<double>(covered.claimed) / kSeeds;
    report.line(fmt::format("| none | 56 | {:.1f} | {:.0f} % | {:.0f} % (none is true) | | | said ≤ 10 % |",
                            correlation, slopes * 100, claimed * 100));
    report.at_most(fmt::format("dates said of a link that doesn't grow, correlation {}", correlation),
                   claimed, 0.1);
  }
}

void measure_steps(Report& report) {
  report.line("\n## Steps\n");
  report.line(
      "Ten weeks by the hour, 50 series each; the step is on a Tuesday at 14:00 in the sixth week. Pettitt's "
      "probability ≤ 0.001.\n");
  report.line(
      "| traffic | planted | one step found | median error of the time | median error of the ratio | steps "
      "where none is, a series | asked for |");
  report.line("|---|---|---:|---:|---:|---:|---:|");
  constexpr std::size_t kSeries = 50;
  const Nanoseconds at = kBegin + days(36) + hours(14);
  for (std::size_t kind = 0; kind < 2; kind++) {
    for (const double ratio : {1.0, 1.3, 1.6, 0.5}) {
      std::size_t found = 0, false_steps = 0;
      std::vector<double> off, ratio_off;
      for (std::uint64_t seed = 1; seed <= kSeries; seed++) {
        Series series = simulated(traffic_kinds()[kind], {kBegin, 10, hours(1)}, seed);
        for (std::size_t i = series.bucket_of(at); i < series.values.size(); i++) series.values[i] *= ratio;
        const StepsFound steps = steps_in(series, summer_time);
        bool is_found = false;
        for (const Step& step : steps.steps) {
          const double away = std::abs(std::chrono::duration<double>(step.at - at) / hours(1));
          if (ratio == 1 || away > 72) {
            false_steps++;
            continue;
          }
          is_found = true;
          off.push_back(away);
          ratio_off.push_back(std::abs(step.ratio / ratio - 1));
        }
        found += is_found ? 1 : 0;
      }
      const auto part = [](std::size_t count) { return static_cast<double>(count) / kSeries; };
      if (ratio == 1) {
        report.line(fmt::format("| {} | none | | | | {:.2f} | ≤ 0.1 |", traffic_kinds()[kind].name,
                                part(false_steps)));
      } else {
        report.line(
            fmt::format("| {} | × {:.1f} | {:.0f} % | {:.0f} h | {:.0f} % | {:.2f} | ≥ 95 %, ≤ 12 h, ≤ 0.1 |",
                        traffic_kinds()[kind].name, ratio, part(found) * 100, median_of(off),
                        median_of(ratio_off) * 100, part(false_steps)));
        report.at_least(fmt::format("step by {} in {}", ratio, traffic_kinds()[kind].name), part(found),
                        0.95);
        report.at_most(fmt::format("hours off, step by {} in {}", ratio, traffic_kinds()[kind].name),
                       median_of(off), 12);
      }
      report.at_most(fmt::format("false steps beside {} in {}", ratio, traffic_kinds()[kind].name),
                     part(false_steps), 0.1);
    }
  }
  // A trend is no step.
  std::size_t as_steps = 0;
  for (std::uint64_t seed = 1; seed <= kSeries; seed++)
    as_steps += steps_in(link_load(4e8, 5e6, 70, 0.3, seed), summer_time).steps.empty() ? 0 : 1;
  report.line(fmt::format("| link that grows by 88 % in ten weeks | none | | | | {:.2f} | ≤ 0.2 |",
                          static_cast<double>(as_steps) / kSeries));
  report.at_most("trends told as steps", static_cast<double>(as_steps) / kSeries, 0.2);
}

}  // namespace vedette
