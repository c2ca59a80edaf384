// When a link is full: the trend (analyse/trend.h) of the load in each day's busy hours, drawn on to the
// link's capacity, and drawn on with the slopes at both ends of its interval. The busy hours' load is the
// 95th percentile of the day, which transit is sold by: a day's peak is one burst, its mean never fills a
// link. All days are scaled to the busiest weekday (analyse/weekdays.h), which is the first to fill it.
//
// A line isn't drawn on for ever: what lies farther ahead than four times the days that it was fitted to is
// told as "not before" that.
#pragma once

#include <optional>
#include <string>

#include "analyse/local_time.h"
#include "analyse/series.h"
#include "analyse/trend.h"

namespace vedette {

enum class Filling {
  kTooShort,   // fewer than three weeks of days
  kFull,       // the busy hours' load is at the capacity already
  kFills,      // at `date`
  kNotBefore,  // no growth is certain, or it is too slow: not before `earliest`
  kNever,      // it shrinks, or grows at no slope of the interval
};

struct Forecast {
  std::string series;
  Unit unit = Unit::kCount;
  Filling filling = Filling::kTooShort;
  double capacity = 0;   // in the series' unit
  double load = 0;       // in the busy hours, now
  double a_day = 0;      // by which it grows
  double low_a_day = 0;  // its interval
  double high_a_day = 0;
  double confidence = 0;                // of the interval
  std::size_t days = 0;                 // that the trend was fitted to
  std::optional<Nanoseconds> date;      // kFills alone
  std::optional<Nanoseconds> earliest;  // kFills, kNotBefore
  std::optional<Nanoseconds> latest;    // kFills; absent where the slowest growth doesn't fill it in sight
  std::string says;
  QueryBehind query;
};

// `capacity` (> 0) in the unit of the series' values, which are amounts a time (bit/s), in buckets of an hour
// or less. A day counts where half of its buckets were measured; the last, broken one doesn't.
[[nodiscard]] Forecast forecast_of(const Series& load, double capacity, const LocalOffset& local,
                                   double confidence = 0.95);

}  // namespace vedette
