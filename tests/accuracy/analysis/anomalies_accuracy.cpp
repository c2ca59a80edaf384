// Anomalies: false alarms over a month of normal traffic, and planted facts, of the baseline that was chosen
// and of Holt and Winters'.
#include <algorithm>
#include <functional>
#include <optional>

#include "analyse/anomalies.h"
#include "analyse/daily_extremes.h"
#include "holt_winters.h"
#include "report.h"
#include "simulated_traffic.h"

namespace vedette {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Nanoseconds kBegin =
    std::chrono::seconds(1'767'567'600);  // Monday, 5 January 2026, 00:00 in Middle Europe
constexpr Nanoseconds kJudged =
    kBegin + days(9 * 7);  // with eight weeks before; the clocks go forward in week 12
constexpr Nanoseconds kEnd = kJudged + days(30);
constexpr std::size_t kWeeks = 14;

struct Episode {
  Nanoseconds first{};
  Nanoseconds detected{};
  Nanoseconds last{};
  bool above = true;
  bool as_on_sunday = false;
};

std::vector<Episode> by_medians(const Series& series, const LocalOffset& local) {
  std::vector<Episode> episodes;
  for (const Anomaly& one : anomalies_in(series, kJudged, kEnd, {.local = local}).anomalies)
    episodes.push_back({one.first, one.detected, one.last, one.above, one.as_on_sunday});
  return episodes;
}

// Thresholds and hysteresis alike over the rival's deviations, a run of an hour (of one bucket where that is
// longer).
std::vector<Episode> by_holt_winters(const Series& series) {
  const std::vector<double> deviations = holt_winters_deviations(series);
  const auto a_day = static_cast<std::size_t>(days(1) / series.step);
  const auto run = static_cast<std::size_t>(std::max<std::int64_t>(1, hours(1) / series.step));
  std::vector<Episode> episodes;
  for (const double sign : {1.0, -1.0}) {
    // The least of each run; NaN within it makes it no number.
    std::vector<double> lasting(deviations.size(), Series::kNotMeasured);
    for (std::size_t i = run; i < deviations.size(); i++) {
      lasting[i] = sign * deviations[i];
      for (std::size_t back = 1; back < run; back++)
        if (!(lasting[i] <= sign * deviations[i - back])) lasting[i] = sign * deviations[i - back];
    }
    std::vector<double> largest;
    std::optional<Episode> open;
    for (std::size_t from = 0; from < deviations.size(); from += a_day) {
      const std::vector<double> known(largest.end() - std::min<std::ptrdiff_t>(56, std::ssize(largest)),
                                      largest.end());
      const double threshold = rarely_exceeded(known, 0.1 / 60);
      double most = -1e9;
      for (std::size_t i = from; i < std::min(from + a_day, deviations.size()); i++) {
        const Nanoseconds at = series.begin_of(i);
        if (std::isfinite(lasting[i])) most = std::max(most, lasting[i]);
        if (at < kJudged || at >= kEnd) continue;
        if (open && at - open->last >= days(1)) {
          episodes.push_back(*open);
          open.reset();
        }
        if (!open && lasting[i] > threshold)
          open = {series.begin_of(i + 1 - run), at + series.step, at, sign > 0, false};
        if (open && sign * deviations[i] > threshold / 2) open->last = at + series.step;
      }
      if (most > -1e9) largest.push_back(most);
    }
    if (open) episodes.push_back(*open);
  }
  return episodes;
}

std::string step_text(Nanoseconds step) {
  return step == hours(1) ? "1 h" : fmt::format("{} min", step / minutes(1));
}

// What a day is to be instead, or what was added to it.
struct Planted {
  std::string name;
  Nanoseconds from{};
  Nanoseconds to{};
  bool above = true;
  std::function<void(Series&, std::size_t)> change;
  double asked_found = 0.95;  // of the seeds; 0: not asked for
};

void scale(Series& series, std::size_t bucket, double factor) {
  series.values[bucket] *= factor;
}

std::vector<Planted> planted_facts(const Series& series, std::size_t kind) {
  const auto a_week = static_cast<std::size_t>(days(7) / series.step);
  const Nanoseconds wednesday = kJudged + days(2), thursday = kJudged + days(3);
  std::vector<Planted> facts{
      {"outage of a day", wednesday, wednesday + days(1), false,
       [](Series& s, std::size_t i) { s.values[i] = 0; }},
      {"step to twice as much, for good", wednesday + hours(14), kEnd, true,
       [](Series& s, std::size_t i) { scale(s, i, 2); }},
      {"three times as much for two hours at noon", wednesday + hours(11), wednesday + hours(13), true,
       [](Series& s, std::size_t i) { scale(s, i, 3); }, 0},
      {"three times as much for four hours at noon", wednesday + hours(10), wednesday + hours(14), true,
       [](Series& s, std::size_t i) { scale(s, i, 3); }, 0.7},
      {"as much as at noon for three hours at night", wednesday + hours(2), wednesday + hours(5), true,
       [](Series& s, std::size_t i) { s.values[i] += s.values[i + 10]; }},
      {"a fifth for three hours in the afternoon", wednesday + hours(14), wednesday + hours(17), false,
       [](Series& s, std::size_t i) { scale(s, i, 0.2); }},
  };
  if (kind == 0)
    facts.push_back({"holiday (a Thursday as a Sunday)", thursday, thursday + days(1), false,
                     [a_week](Series& s, std::size_t i) {
                       s.values[i] = s.values[i - a_week + static_cast<std::size_t>(days(3) / s.step)];
                     }});
  return facts;
}

struct Tally {
  std::size_t found = 0, once = 0, on_sunday = 0, late = 0;
  std::vector<double> delays;  // hours
};

void score(const std::vector<Episode>& episodes, const Planted& planted, Tally& tally) {
  std::size_t in = 0;
  for (const Episode& one : episodes) {
    const bool overlaps = one.first < planted.to && one.last > planted.from;
    if (overlaps && one.above == planted.above) {
      if (in++ == 0) {
        tally.found++;
        tally.on_sunday += one.as_on_sunday ? 1 : 0;
        tally.delays.push_back(
            std::max(0.0, std::chrono::duration<double>(one.detected - planted.from) / hours(1)));
      }
    } else {
      tally.late++;
    }
  }
  tally.once += in == 1 ? 1 : 0;
}

}  // namespace

void measure_anomalies(Report& report) {
  report.line("\n## False alarms over a month of normal traffic\n");
  report.line(
      "30 days judged after nine weeks of history, the clocks put forward within them. The budget is 0.1 a "
      "series and month; where bursts are rare and large beside an idle day (backups) it isn't kept.");
  report.line(
      "Beside: clocks of a sensor that runs on UTC while its users don't, and Holt–Winters with the same "
      "threshold and hysteresis.\n");
  report.line("| traffic | buckets | series | medians | medians, UTC | Holt–Winters | asked for |");
  report.line("|---|---|---:|---:|---:|---:|---:|");
  const double asked = 0.6;
  double all = 0, all_months = 0;
  for (const Nanoseconds step : {Nanoseconds(hours(1)), Nanoseconds(minutes(5))}) {
    const std::size_t seeds = report.seeds(step == hours(1) ? 50 : 10);
    for (const TrafficKind& kind : traffic_kinds()) {
      std::size_t ours = 0, in_utc = 0, rival = 0;
      for (std::uint64_t seed = 1; seed <= seeds; seed++) {
        const Series series = simulated(kind, {kBegin, kWeeks, step}, seed);
        ours += by_medians(series, summer_time).size();
        in_utc += by_medians(series, utc()).size();
        rival += by_holt_winters(series).size();
      }
      const auto each = [seeds](std::size_t count) {
        return static_cast<double>(count) / static_cast<double>(seeds);
      };
      all += static_cast<double>(ours);
      all_months += static_cast<double>(seeds);
      report.line(fmt::format("| {} | {} | {} | {:.2f} | {:.2f} | {:.2f} | ≤ {} |", kind.name,
                              step_text(step), seeds, each(ours), each(in_utc), each(rival),
                              kind.false_asked));
      report.at_most(fmt::format("false alarms a month, {}, {}", kind.name, step_text(step)), each(ours),
                     kind.false_asked);
    }
  }
  report.line(fmt::format("| all | | {:.0f} | {:.2f} | | | ≤ {} |", all_months, all / all_months, asked));
  report.at_most("false alarms a month, all", all / all_months, asked);
}

void measure_planted_anomalies(Report& report) {
  constexpr std::size_t kSeeds = 50;  // what is asked for is a part of so many, also briefly
  report.line("\n## Planted facts: found, as one finding, and what follows\n");
  report.line(
      fmt::format("Buckets of an hour, {} series each. \"False\" are other findings over the whole month a "
                  "series: what the fact taught wrongly",
                  kSeeds));
  report.line(
      "(the same hours of the weeks behind it are unusual where a holiday poisons what is usual), and "
      "chance.\n");
  report.line(
      "| traffic | planted | found | one finding | median delay | false | Holt–Winters: found | one finding "
      "| false | asked for |");
  report.line("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
  for (std::size_t kind = 0; kind < 2; kind++) {
    const Series plain = simulated(traffic_kinds()[kind], {kBegin, kWeeks, hours(1)}, 1);
    for (const Planted& planted : planted_facts(plain, kind)) {
      Tally ours, rival;
      for (std::uint64_t seed = 1; seed <= kSeeds; seed++) {
        Series series = simulated(traffic_kinds()[kind], {kBegin, kWeeks, hours(1)}, seed);
        for (std::size_t i = series.bucket_of(planted.from); i < series.bucket_of(planted.to); i++)
          planted.change(series, i);
        score(by_medians(series, summer_time), planted, ours);
        score(by_holt_winters(series), planted, rival);
      }
      const auto part = [](std::size_t count) {
        return static_cast<double>(count) / static_cast<double>(kSeeds);
      };
      report.line(
          fmt::format("| {} | {} | {:.0f} % | {:.0f} % | {:.1f} h | {:.2f} | {:.0f} % | {:.0f} % | {:.2f} | "
                      "≥ {:.0f} %, false ≤ 0.5 |",
                      traffic_kinds()[kind].name, planted.name, part(ours.found) * 100, part(ours.once) * 100,
                      median_of(ours.delays), part(ours.late), part(rival.found) * 100,
                      part(rival.once) * 100, part(rival.late), planted.asked_found * 100));
      report.at_least(traffic_kinds()[kind].name + ": " + planted.name + ", found", part(ours.found),
                      planted.asked_found);
      report.at_least(traffic_kinds()[kind].name + ": " + planted.name + ", one finding", part(ours.once),
                      planted.asked_found - 0.1);
      report.at_most(traffic_kinds()[kind].name + ": " + planted.name + ", false", part(ours.late), 0.5);
      if (planted.name.starts_with("holiday")) {
        report.line(fmt::format("| | … told to be as on a Sunday | {:.0f} % | | | | | | | ≥ 90 % |",
                                part(ours.on_sunday) * 100));
        report.at_least("holiday told to be one", part(ours.on_sunday), 0.9);
      }
    }
  }

  // What the history holds must not blind: a holiday and an outage of a day in it, and a missing hour when
  // judged.
  std::size_t found = 0, missing = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; seed++) {
    Series series = simulated(traffic_kinds()[0], {kBegin, kWeeks, hours(1)}, seed);
    for (std::size_t i = series.bucket_of(kJudged - days(19)); i < series.bucket_of(kJudged - days(18)); i++)
      series.values[i] = 0;
    for (std::size_t i = series.bucket_of(kJudged - days(11)); i < series.bucket_of(kJudged - days(10)); i++)
      series.values[i] = series.values[i - 4 * 24];
    const Nanoseconds gap = kJudged + days(1) + hours(10);
    series.values[series.bucket_of(gap)] = Series::kNotMeasured;
    const Planted drop{"", kJudged + days(2) + hours(14), kJudged + days(2) + hours(17), false, {}};
    for (std::size_t i = series.bucket_of(drop.from); i < series.bucket_of(drop.to); i++)
      scale(series, i, 0.2);
    Tally tally;
    const auto episodes = by_medians(series, summer_time);
    score(episodes, drop, tally);
    found += tally.found;
    missing += static_cast<std::size_t>(std::ranges::count_if(
        episodes, [gap](const Episode& one) { return one.first <= gap + hours(1) && one.last >= gap; }));
  }
  report.line(
      fmt::format("| office | a fifth for three hours, behind an outage and a holiday in the history | "
                  "{:.0f} % | | | | | | | ≥ 70 % |",
                  static_cast<double>(found) / kSeeds * 100));
  report.line(
      fmt::format("| office | an hour that wasn't measured: findings | {} | | | | | | | 0 |", missing));
  report.at_least("drop behind a poisoned history", static_cast<double>(found) / kSeeds, 0.7);
  report.at_most("findings of a missing hour", static_cast<double>(missing), 0);
}

}  // namespace vedette
