// Movers, newcomers and bottlenecks.
#include <algorithm>
#include <cmath>

#include "analyse/bottleneck.h"
#include "analyse/movers.h"
#include "analyse/newcomers.h"
#include "report.h"
#include "simulated_traffic.h"

namespace vedette {

namespace {

using std::chrono::hours;

constexpr std::size_t kSeeds = 200;

double part(std::size_t count) {
  return static_cast<double>(count) / kSeeds;
}

// A thousand sources of sizes with a heavy tail, each off by a fifth in the second window; the planted one is
// of the hundred largest and grows to five times.
bool mover_is_first(std::uint64_t seed, double factor) {
  Chance chance(seed * 43);
  std::vector<double> sizes;
  for (int i = 0; i < 1000; i++) sizes.push_back(chance.pareto(1e6, 1.1));
  std::ranges::sort(sizes, std::greater{});
  MoversWindow before{{}, hours(1)}, after{{}, hours(1)};
  const auto planted = static_cast<std::size_t>(chance.even(0, 100));
  for (std::size_t i = 0; i < sizes.size(); i++) {
    const std::string name = fmt::format("10.0.{}.{}", i / 250, i % 250);
    before.amounts[name] = std::min(sizes[i], sizes[3]) * std::exp(0.2 * chance.normal());
    after.amounts[name] =
        std::min(sizes[i], sizes[3]) * std::exp(0.2 * chance.normal()) * (i == planted ? factor : 1);
  }
  // Tiny ones that are new, and would be first by the factor alone.
  for (int i = 0; i < 500; i++)
    after.amounts[fmt::format("172.16.{}.{}", i / 250, i % 250)] = chance.exponential(1e5);
  const Movers movers = movers_between(before, after, Unit::kBytes, "bytes by source", 10);
  const std::string name = fmt::format("10.0.{}.{}", planted / 250, planted % 250);
  const auto found = std::ranges::find(movers.movers, name, &Mover::name);
  return found - movers.movers.begin() < 5;
}

// Sightings of a public host: sources without end, few services and countries; one service is planted.
double newcomer_chance(std::uint64_t seed, bool is_planted) {
  Chance chance(seed * 47);
  Known before;
  before.days = before.days_asked = 30;
  for (int service = 0; service < 40; service++) {
    // Some are there each day, some rarely.
    const double a_day = std::pow(chance.even(), 2);
    std::uint32_t seen = 0;
    for (int day = 0; day < 30; day++) seen += chance.even() < a_day ? 1 : 0;
    if (seen > 0) before.days_seen[fmt::format("{}/tcp", 1000 + service)] = seen;
  }
  std::vector<Sighting> now;
  Chance again(seed * 47);
  for (int service = 0; service < 40; service++) {
    const double a_day = std::pow(again.even(), 2);
    for (int day = 0; day < 30; day++) (void)again.even();
    if (chance.even() < a_day) now.push_back({fmt::format("{}/tcp", 1000 + service), 1e6, {}});
  }
  if (is_planted)
    for (int i = 0; i < 4; i++) now.push_back({fmt::format("{}/tcp", 4444 + i), 1e6, {}});
  return newcomers_among(now, before, 1, "service", Unit::kBytes, 10, utc()).by_chance;
}

// Twenty networks with handshakes by the bucket.
std::vector<RatioPart> networks(Chance& chance, std::size_t slow, double factor, double heavy) {
  std::vector<RatioPart> parts;
  for (std::size_t i = 0; i < 20; i++) {
    RatioPart one{fmt::format("198.51.{}.0/24", i), {}, {}};
    const double usual = chance.pareto(5'000, 1.5), many = chance.pareto(20, 1);
    for (int bucket = 0; bucket < 24; bucket++) {
      for (const bool after : {false, true}) {
        const double count =
            static_cast<double>(chance.poisson(std::min(many, 2e4) * (after && i == slow ? heavy : 1)));
        const double rtt = usual * std::exp(0.2 * chance.normal()) * (after && i == slow ? factor : 1);
        (after ? one.after : one.before).push_back({rtt * count, count});
      }
    }
    parts.push_back(std::move(one));
  }
  return parts;
}

}  // namespace

void measure_comparisons(Report& report) {
  report.line("\n## Movers, newcomers, bottlenecks\n");
  report.line("| planted | measured | | asked for |");
  report.line("|---|---|---:|---:|");
  std::size_t first = 0, new_found = 0, new_false = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; seed++) {
    first += mover_is_first(seed, 5) ? 1 : 0;
    new_found += newcomer_chance(seed, true) < 0.01 ? 1 : 0;
    new_false += newcomer_chance(seed, false) < 0.01 ? 1 : 0;
  }
  report.line(
      fmt::format("| one of the 100 largest of 1,000 sources grows to five times, all others by a fifth "
                  "either way, 500 tiny ones new | among the first five movers | {:.0f} % | ≥ 95 % |",
                  part(first) * 100));
  report.line(fmt::format(
      "| four new services where 40 come and go | said to be no chance (p < 0.01) | {:.0f} % | ≥ 90 % |",
      part(new_found) * 100));
  report.line(fmt::format("| none | said to be no chance | {:.1f} % | ≤ 2 % |", part(new_false) * 100));
  report.at_least("mover found", part(first), 0.95);
  report.at_least("newcomers found", part(new_found), 0.9);
  report.at_most("newcomers where none are", part(new_false), 0.02);

  std::size_t worse = 0, others = 0, none = 0, moved_right = 0, blamed = 0;
  double inexact = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; seed++) {
    Chance chance(seed * 53);
    const std::size_t slow = seed % 20;
    const auto slower = networks(chance, slow, 1.8, 1);
    const Bottleneck found =
        bottleneck_of(slower, "handshake round trip", "peer network", Unit::kMicroseconds, 20);
    inexact = std::max(
        inexact, std::abs(found.within + found.moved - found.rise()) / std::max(1.0, std::abs(found.rise())));
    for (const BottleneckPart& one : found.parts)
      (one.name == slower[slow].name ? worse : others) += one.is_worse ? 1 : 0;
    for (const BottleneckPart& one : bottleneck_of(networks(chance, slow, 1, 1), "handshake round trip",
                                                   "peer network", Unit::kMicroseconds, 20)
                                         .parts)
      none += one.is_worse ? 1 : 0;
    // Simpson: the far networks take ten times the traffic, and none became slower.
    auto shifted = networks(chance, slow, 1, 1);
    double rise = 0;
    for (RatioPart& one : shifted) {
      RatioBucket sum;
      for (const RatioBucket& bucket : one.before) sum.sum += bucket.sum, sum.count += bucket.count;
      if (sum.count > 0 && sum.sum / sum.count > 12'000)
        for (RatioBucket& bucket : one.after) bucket.sum *= 10, bucket.count *= 10;
    }
    const Bottleneck simpson =
        bottleneck_of(shifted, "handshake round trip", "peer network", Unit::kMicroseconds, 20);
    rise = simpson.rise();
    moved_right += rise <= 0 || simpson.moved / rise > 0.5 ? 1 : 0;
    for (const BottleneckPart& one : simpson.parts) blamed += one.is_worse ? 1 : 0;
  }
  report.line(fmt::format(
      "| one of 20 peer networks becomes 1.8 times as slow | said to be worse | {:.0f} % | ≥ 95 % |",
      part(worse) * 100));
  report.line(fmt::format("| … | others said to be worse, a series of 19 | {:.3f} | ≤ 0.03 |", part(others)));
  report.line(fmt::format("| none becomes slower | networks said to be worse, a series | {:.3f} | ≤ 0.03 |",
                          part(none)));
  report.line(
      fmt::format("| far networks take ten times the traffic, none becomes slower (Simpson) | the rise put "
                  "down to that | {:.0f} % | ≥ 97 % |",
                  part(moved_right) * 100));
  report.line(fmt::format("| … | networks blamed, a series | {:.3f} | ≤ 0.03 |", part(blamed)));
  report.line(
      fmt::format("| | parts' contributions sum to the rise, largest error | {:.0e} | ≤ 1e-9 |", inexact));
  report.at_least("slow network found", part(worse), 0.95);
  report.at_most("other networks blamed", part(others), 0.03);
  report.at_most("networks blamed where none is slower", part(none), 0.03);
  report.at_least("Simpson's rise put down to moved traffic", part(moved_right), 0.97);
  report.at_most("networks blamed in Simpson's case", part(blamed), 0.03);
  report.at_most("decomposition's error", inexact, 1e-9);
}

}  // namespace vedette
