// When a quantity was not what it usually is at that hour of the week: its baseline is learnt anew each day
// (analyse/seasonal_baseline.h), the threshold from what chance did on the days learnt from
// (analyse/daily_extremes.h) and the false alarms that are allowed a month. The longer it lasts the less far
// it need be off: a quarter of an hour, one, three and twelve hours have a threshold each, which a burst's
// tail raises for the short ones alone. With hysteresis: an episode is over where half of the threshold that
// convicted wasn't exceeded for a day, so that what comes and goes with the working day is one anomaly.
//
// Pure: the same series gives the same anomalies, whichever moment is judged from, but for those that began
// before it.
#pragma once

#include <string>
#include <vector>

#include "analyse/local_time.h"
#include "analyse/series.h"

namespace vedette {

struct AnomalyOptions {
  std::size_t weeks = 8;       // of history that are learnt from, at most
  double false_a_month = 0.1;  // that chance may raise of one series in thirty days
  double least_change = 0.25;  // of the usual amount: a smaller one is none, however sure
  LocalOffset local = utc();
};

struct Anomaly {
  std::string series;
  Unit unit = Unit::kCount;
  bool above = true;          // the usual amount, or below it
  Nanoseconds first{};        // where the first bucket beyond the threshold begins
  Nanoseconds detected{};     // where the bucket ends that convicted
  Nanoseconds last{};         // where the last bucket beyond half of the threshold ends, so far
  bool over = false;          // nothing more of it for a day
  bool as_on_sunday = false;  // a working day that ran as Sundays do: a holiday
  double total = 0;           // of its buckets
  double amount = 0;          // their mean
  double usual = 0;           // mean of what is usual then
  double score = 0;           // deviations, of the worst bucket
  double threshold = 0;       // that convicted
  std::string says;
  QueryBehind query;
};

struct AnomaliesFound {
  std::vector<Anomaly> anomalies;  // the earliest first
  // Where judging began: later than asked for where the history was too short; the end where it is still.
  Nanoseconds judged_from{};
};

// In the buckets that begin in `from` … `to`, all of them whole, given those before. Buckets longer than an
// hour tell nothing of an hour: none are judged.
[[nodiscard]] AnomaliesFound anomalies_in(const Series& series, Nanoseconds from, Nanoseconds to,
                                          const AnomalyOptions& options);

}  // namespace vedette
