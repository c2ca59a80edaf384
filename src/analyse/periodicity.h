// Whether something comes again and again after the same time: a beacon, whatever its jitter, a job on a
// timer; and whether that is no more than day and night. By autocorrelation of when it is seen at all (Box
// and Jenkins, "Time Series Analysis", 1970), in bins of doubling width, so that a jitter of a third of the
// period still falls into a few of them: lags that have more pairs than their neighbours are proposed. Pairs
// within bursts count by their square, so what is proposed is judged by visits, each counted once: the part
// that another one follows a period later, against the part at lags beside, which bursts and busy hours raise
// alike. What chance gives (Chernoff's bounds) is divided among all lags that are looked at (Bonferroni).
// Beyond an hour a lag is held against the daily profile as well, smoothed over two hours: what people's days
// alone bring is no beacon. What has no period is tried for the time of day (Rayleigh's test, one vote a
// day).
//
// detect/beacon.h tells beacons within minutes as packets come; this finds those of hours and days in the
// history, and ones that hide among other connections.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyse/local_time.h"
#include "analyse/query_behind.h"
#include "base/units.h"

namespace vedette {

enum class PeriodKind {
  kBeacon,       // at any time of day
  kDailyTimer,   // once a day or a week, at the same time: a job
  kDailyRhythm,  // day and night
};

struct PeriodicityOptions {
  // To which the times are known, and what is seen within it is one: at least a millisecond.
  Nanoseconds resolution = std::chrono::seconds(1);
  // That a series without a period is said to have one. Divide it by how many series are looked at.
  double false_alarm = 1e-4;
  LocalOffset local = utc();
};

struct Period {
  PeriodKind kind = PeriodKind::kBeacon;
  Nanoseconds period{};
  double jitter = 0;      // of the period: the intervals' deviation from their median
  std::size_t times = 0;  // that it was seen, those within the resolution as one
  double followed =
      0;  // part of these that one a period later follows, beyond what neighbours explain; 0 … 1
  double by_chance = 1;  // at most
  Nanoseconds first{};
  Nanoseconds last{};
  std::string says;
};

// Of when `what` was seen (rising; since the epoch). Nothing where there is no period, it was seen fewer than
// eight times, or not over four periods. The latest 20,000 times are looked at; O(n) in the number of times,
// for each of some 20 widths.
[[nodiscard]] std::optional<Period> period_of(std::span<const Nanoseconds> times, const std::string& what,
                                              const PeriodicityOptions& options);

}  // namespace vedette
