// Beacons with jitter, jobs on a timer, and people's days, which are neither.
#include <algorithm>
#include <cmath>
#include <optional>

#include "analyse/periodicity.h"
#include "analyse/quantile.h"
#include "report.h"
#include "simulated_traffic.h"

namespace vedette {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Nanoseconds kBegin = seconds(1'767'567'600);  // Monday, 5 January 2026
using Times = std::vector<Nanoseconds>;

Nanoseconds in_seconds(double count) {
  return Nanoseconds(static_cast<std::int64_t>(count * 1e9));
}

// Each interval is the period, off by as much as the jitter says to either side; some beats are lost.
void add_beacon(Times& times, Chance& chance, Nanoseconds from, Nanoseconds to, double period, double jitter,
                double lost) {
  for (Nanoseconds at = from + in_seconds(chance.even(0, period)); at < to;
       at += in_seconds(period * chance.even(1 - jitter, 1 + jitter)))
    if (chance.even() >= lost) times.push_back(at);
}

// Somebody who visits by day, a heavy-tailed number of pages each time, each of which opens several
// connections and is read for a while.
void add_person(Times& times, Chance& chance, Nanoseconds from, Nanoseconds to, double visits_an_hour) {
  const auto& day = traffic_kinds()[0].day;
  for (Nanoseconds at = from; at < to;) {
    at += in_seconds(chance.exponential(3600 / visits_an_hour));
    const int hour = hour_of_week(at, summer_time);
    if (chance.even() > day[static_cast<std::size_t>(hour % 24)] * (hour >= 120 ? 0.3 : 1)) continue;
    Nanoseconds page = at;
    for (double pages = chance.pareto(1, 1.2); pages >= 1 && pages < 1e4; pages--) {
      for (double connections = chance.exponential(3); connections > 0; connections--)
        times.push_back(page + in_seconds(chance.exponential(1.5)));
      page += in_seconds(20 * std::exp(1.2 * chance.normal()));
      if (page > to) break;
    }
  }
}

std::optional<Period> looked_at(Times times) {
  std::ranges::sort(times);
  while (!times.empty() && times.back() < kBegin) times.pop_back();
  return period_of(times, "10.0.0.7 to 192.0.2.9 port 443", {.local = summer_time});
}

struct BeaconCase {
  std::string name;
  double period;
  double jitter;
  double lost;
  Nanoseconds length;
  double visits_an_hour;
  double asked;
};

}  // namespace

void measure_periods(Report& report) {
  const std::size_t seeds = report.seeds(100);
  report.line("\n## Periods\n");
  report.line(
      fmt::format("{} series each. \"Jitter\" is how far each interval may be off, evenly, as a part of the "
                  "period; a period is right within a",
                  seeds));
  report.line("third of the jitter, a twentieth at least.\n");
  report.line("| planted | found | period right | median jitter said | asked for |");
  report.line("|---|---:|---:|---:|---:|");
  const std::vector<BeaconCase> cases{
      {"every 60 s, no jitter, an hour", 60, 0, 0, hours(1), 0, 0.98},
      {"every 60 s, 10 %, six hours", 60, 0.1, 0, hours(6), 0, 0.98},
      {"every 60 s, 30 %, a day", 60, 0.3, 0, days(1), 0, 0.95},
      {"every 60 s, 30 %, 20 % lost, a day", 60, 0.3, 0.2, days(1), 0, 0.9},
      {"every 10 min, 20 %, a day, with a person beside", 600, 0.2, 0, days(1), 0.5, 0.9},
      {"every 10 min, 10 %, three days, with a person beside", 600, 0.1, 0, days(3), 1, 0.9},
      {"every hour, 10 %, three days", 3600, 0.1, 0, days(3), 0, 0.95},
      {"every 4 h, 5 %, a week", 14'400, 0.05, 0, days(7), 0, 0.9},
  };
  for (const BeaconCase& one : cases) {
    std::size_t found = 0, right = 0;
    std::vector<double> jitters;
    for (std::uint64_t seed = 1; seed <= seeds; seed++) {
      Chance chance(seed * 31 + static_cast<std::uint64_t>(one.period));
      Times times;
      add_beacon(times, chance, kBegin, kBegin + one.length, one.period, one.jitter, one.lost);
      if (one.visits_an_hour > 0) add_person(times, chance, kBegin, kBegin + one.length, one.visits_an_hour);
      const auto period = looked_at(std::move(times));
      if (!period || period->kind != PeriodKind::kBeacon) continue;
      found++;
      const double off = std::abs(std::chrono::duration<double>(period->period).count() / one.period - 1);
      right += off <= std::max(0.05, one.jitter / 3) ? 1 : 0;
      jitters.push_back(period->jitter);
    }
    const auto part = [seeds](std::size_t count) {
      return static_cast<double>(count) / static_cast<double>(seeds);
    };
    report.line(fmt::format("| {} | {:.0f} % | {:.0f} % | {:.0f} % | ≥ {:.0f} % |", one.name,
                            part(found) * 100, part(right) * 100, median_of(jitters) * 100, one.asked * 100));
    report.at_least("beacon " + one.name, part(right), one.asked);
  }

  std::size_t timers = 0, rhythms = 0, beacons = 0;
  for (std::uint64_t seed = 1; seed <= seeds; seed++) {
    Chance chance(seed * 37);
    Times job;
    for (int day = 0; day < 21; day++)
      for (int connection = 0; connection < 4; connection++)
        job.push_back(kBegin + days(day) + hours(3) + in_seconds(chance.even(0, 600)));
    const auto timer = looked_at(std::move(job));
    timers += timer && timer->kind == PeriodKind::kDailyTimer ? 1 : 0;
    Times person;
    add_person(person, chance, kBegin, kBegin + days(21), 1);
    const auto rhythm = looked_at(std::move(person));
    rhythms += rhythm && rhythm->kind == PeriodKind::kDailyRhythm ? 1 : 0;
    beacons += rhythm && rhythm->kind != PeriodKind::kDailyRhythm ? 1 : 0;
  }
  const auto part = [seeds](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(seeds);
  };
  report.line(
      fmt::format("| a job at 3:00 each night, three weeks: told as a daily timer | {:.0f} % | | | ≥ 95 % |",
                  part(timers) * 100));
  report.line(fmt::format("| a person's days, three weeks: told as day and night | {:.0f} % | | | ≥ 90 % |",
                          part(rhythms) * 100));
  report.line(fmt::format("| … told as a beacon or a timer | {:.0f} % | | | ≤ 2 % |", part(beacons) * 100));
  report.at_least("a job each night", part(timers), 0.95);
  report.at_least("a person's days told as day and night", part(rhythms), 0.9);
  report.at_most("a person's days told as a beacon", part(beacons), 0.02);

  // Normal series of a month: people of all kinds, and connections by chance.
  constexpr std::size_t kNormal = 1'000;
  std::size_t wrong = 0;
  for (std::uint64_t seed = 1; seed <= kNormal; seed++) {
    Chance chance(seed * 41);
    Times times;
    const Nanoseconds length = days(static_cast<std::int64_t>(chance.even(1, 31)));
    if (seed % 4 == 0) {
      for (Nanoseconds at = kBegin; at < kBegin + length; at += in_seconds(chance.exponential(1200)))
        times.push_back(at);
    } else {
      add_person(times, chance, kBegin, kBegin + length, chance.pareto(0.1, 1));
    }
    const auto period = looked_at(std::move(times));
    wrong += period && period->kind != PeriodKind::kDailyRhythm ? 1 : 0;
  }
  report.line(fmt::format("| normal series of up to a month ({}): told as beacons or timers | {} | | | ≤ 5 |",
                          kNormal, wrong));
  report.at_most("beacons among normal series", static_cast<double>(wrong), 5);
}

}  // namespace vedette
