// What is usual of a quantity at an hour of the week: the median over the weeks before of that hour's median,
// on a logarithmic scale, since traffic grows and shrinks by factors; and how far it usually lies from that,
// by the median absolute deviation (Rousseeuw and Croux, "Alternatives to the median absolute deviation",
// JASA 1993). Each week has one vote an hour, so that a holiday, an outage or an attack in fewer than half of
// them moves nothing. Growth is followed by the level of the last fourteen days, which a step becomes part of
// after seven. What is small beside the busy hours is no news: a quarter of their amount is added before the
// logarithm is taken, so that a night's few packets more count for no more than they are. Why this and not
// Holt-Winters: docs/decisions/analysis.md.
//
// A moment is held to its own hour's usual amount and to both neighbours': clocks that are put forward or
// back and shifts that begin late are no deviation. Immutable once learnt.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyse/local_time.h"
#include "analyse/series.h"

namespace vedette {

class SeasonalBaseline {
 public:
  // Of the buckets that begin in the `weeks` (≥ 3) before `before`. Nothing where too little was measured: a
  // fortnight's days at least (each of them half measured), which is what the extremes of days take.
  static std::optional<SeasonalBaseline> learn(const Series& series, Nanoseconds before, std::size_t weeks,
                                               LocalOffset local);

  // How many deviations `value`, measured in a bucket that begins at `at`, lies above (> 0) or below (< 0)
  // what is usual; 0 within what is usual of the neighbouring hours. Nothing where the hour has no history.
  [[nodiscard]] std::optional<double> deviations(Nanoseconds at, double value) const;
  // The same, held to the Sundays' hours instead.
  [[nodiscard]] std::optional<double> deviations_from_sunday(Nanoseconds at, double value) const;
  // What is usual then, in the series' unit. Nothing where the hour has no history.
  [[nodiscard]] std::optional<double> usual(Nanoseconds at) const;

  struct Past {
    std::int64_t day = 0;   // on the wall clock, since 1970-01-01
    double deviations = 0;  // NaN where nothing was measured
  };
  // Of each bucket learnt from, in order, held to the other weeks alone: what chance does.
  [[nodiscard]] const std::vector<Past>& past() const { return past_; }

 private:
  static constexpr std::size_t kWeeksMost = 53;
  struct Hour {
    double usual = Series::kNotMeasured;  // logarithm, without the level; NaN: no history
    double spread = 0;                    // deviation, never 0
  };
  using Hours = std::array<Hour, kHoursAWeek>;

  SeasonalBaseline() = default;
  // On the logarithmic scale, without the level.
  [[nodiscard]] double scaled(double value, double level) const;
  [[nodiscard]] double amount_of(double usual) const;
  [[nodiscard]] static std::optional<double> from_nearest(const Hours& hours, int hour, double scaled);

  friend class BaselineLesson;

  LocalOffset local_;
  Hours hours_;
  double level_ = 0;   // logarithm of a factor
  double little_ = 1;  // that is small beside what is usual by day
  std::vector<Past> past_;
};

}  // namespace vedette
