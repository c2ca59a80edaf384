// Traffic as hosts have it, of which everything is known: a daily and weekly rhythm on the wall clock, noise
// that is correlated over hours and days, and bursts whose sizes have a heavy tail. The same seed gives the
// same traffic everywhere: no distribution of the standard library's, which differ by its version.
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "analyse/local_time.h"
#include "analyse/series.h"

namespace vedette {

// Vigna's splitmix64.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // Above 0, below 1.
  double even() { return (static_cast<double>(bits() >> 11) + 0.5) / 9007199254740992.0; }
  double even(double from, double to) { return from + (to - from) * even(); }
  double normal() { return std::sqrt(-2 * std::log(even())) * std::cos(2 * std::numbers::pi * even()); }
  double exponential(double mean) { return -mean * std::log(even()); }
  // At least `least`; the smaller `shape`, the heavier the tail.
  double pareto(double least, double shape) { return least * std::pow(even(), -1 / shape); }
  // Knuth's, in parts that don't underflow.
  std::uint64_t poisson(double mean) {
    std::uint64_t count = 0;
    for (; mean > 500; mean -= 500) count += poisson(500);
    for (double product = even(), limit = std::exp(-mean); product > limit; product *= even()) count++;
    return count;
  }

 private:
  std::uint64_t state_;
};

// Middle Europe's clocks in 2026.
inline std::chrono::seconds summer_time(Nanoseconds at) {
  constexpr Nanoseconds kForward = std::chrono::seconds(1'774'746'000);  // 29 March, 01:00 UTC
  constexpr Nanoseconds kBack = std::chrono::seconds(1'792'890'000);     // 25 October, 01:00 UTC
  return at >= kForward && at < kBack ? std::chrono::hours(2) : std::chrono::hours(1);
}

struct TrafficKind {
  std::string name;
  double an_hour = 0;   // usual bytes (or flows) at noon on a working day
  bool counts = false;  // few flows, by Poisson, instead of bytes
  std::array<double, 24> day{};
  double weekend = 1;
  double noise = 0;  // deviation of the logarithm, of what is correlated over hours
  double bursts_a_day = 0;
  double growth_a_week = 0;
  double false_asked = 0;  // false alarms a month, at most
};

inline const std::vector<TrafficKind>& traffic_kinds() {
  constexpr std::array<double, 24> kOffice{.06, .05, .05, .05,  .05, .06, .1, .3,  .75, 1,  1.1, 1.05,
                                           .8,  .95, 1.1, 1.05, .9,  .6,  .3, .18, .14, .1, .08, .07};
  constexpr std::array<double, 24> kServer{.45, .32, .25, .22, .22, .26,  .36,  .5,  .65, .8,  .9, .95,
                                           1,   1,   .98, .98, 1,   1.05, 1.15, 1.3, 1.4, 1.3, 1,  .7};
  constexpr std::array<double, 24> kBackup{.02, 5,   6,   4,   .5,  .02, .02, .03, .05, .05, .05, .05,
                                           .05, .05, .05, .05, .05, .04, .03, .02, .02, .02, .02, .02};
  constexpr std::array<double, 24> kFlat{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                         1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  static const std::vector<TrafficKind> kinds{
      {"office", 8e9, false, kOffice, 0.12, 0.15, 1, 0, 0.5},
      {"public server", 40e9, false, kServer, 0.85, 0.1, 2, 0.02, 0.5},
      {"backups at night", 20e9, false, kBackup, 1, 0.2, 0.3, 0, 2},
      {"few flows", 6, true, kFlat, 1, 0.1, 0, 0, 1},
  };
  return kinds;
}

struct SimulatedTime {
  Nanoseconds from{};
  std::size_t weeks = 0;
  Nanoseconds step{};
};

// What the kind brings in each bucket, which is a multiple of five minutes. A burst lasts twelve minutes,
// some longer.
inline Series simulated(const TrafficKind& kind, const SimulatedTime& time, std::uint64_t seed) {
  constexpr Nanoseconds kFine = std::chrono::minutes(5);
  constexpr double kFineHours = 1.0 / 12;
  Chance chance(seed * 7919 + static_cast<std::uint64_t>(kind.an_hour));
  Series series;
  series.name = kind.counts ? "flows in on eth0" : "bytes in on eth0";
  series.unit = kind.counts ? Unit::kFlows : Unit::kBytes;
  series.from = time.from;
  series.step = time.step;
  const auto fine =
      static_cast<std::size_t>(std::chrono::days(7 * static_cast<std::int64_t>(time.weeks)) / kFine);
  series.values.resize(fine / static_cast<std::size_t>(time.step / kFine));
  // An hour's correlation of 0.7, and a day's own level.
  const double keep = std::pow(0.7, kFineHours);
  double hourly = 0, daily = 0, burst = 0;
  std::int64_t day = -1;
  Nanoseconds burst_ends{};
  for (std::size_t i = 0; i < fine; i++) {
    const Nanoseconds at = time.from + kFine * static_cast<std::int64_t>(i);
    const std::int64_t today = day_of(at, summer_time);
    if (today != day) daily = 0.04 * chance.normal();
    day = today;
    hourly = keep * hourly + std::sqrt(1 - keep * keep) * kind.noise * chance.normal();
    const int hour = hour_of_week(at, summer_time);
    const double into = std::fmod(std::chrono::duration<double>(at) / std::chrono::hours(1), 1);
    const auto now = static_cast<std::size_t>(hour % 24);
    double usual = kind.day[now] + into * (kind.day[(now + 1) % 24] - kind.day[now]);
    if (hour >= 120) usual *= kind.weekend;
    usual *= kind.an_hour * kFineHours *
             std::pow(1 + kind.growth_a_week, static_cast<double>(i) * kFineHours / 168);
    double value = usual * std::exp(hourly + daily);
    if (kind.counts) {
      value = static_cast<double>(chance.poisson(value));
    } else {
      value *= std::exp(0.1 * chance.normal());
      if (chance.even() < kind.bursts_a_day * kFineHours / 24) {
        burst = chance.pareto(0.2, 1.3) * kind.an_hour * kFineHours;
        burst_ends = at + Nanoseconds(static_cast<std::int64_t>(chance.exponential(720) * 1e9));
      }
      if (at <= burst_ends) value += burst;
    }
    series.values[static_cast<std::size_t>((at - time.from) / time.step)] += value;
  }
  return series;
}

}  // namespace vedette
