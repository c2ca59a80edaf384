// How regular a series of connections is, as RITA scores it (Active Countermeasures' Real Intelligence Threat
// Analytics, version 5): the mean of the scores of when they begin, of how much they send, and of how evenly
// they fill the time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vedette {

// 0 to 1: the mean of 1 − |Bowley's skewness| and (median − MAD) / median, MAD the median absolute deviation
// from the median; 1 where all are alike. 0 of fewer than three numbers.
[[nodiscard]] double dispersion_score(std::vector<double> numbers);

// 0 to 1: 1 less the coefficient of variation of how many of `times` (rising) fall into each of `bins` equal
// parts of the time between the first and the last.
[[nodiscard]] double histogram_score(std::span<const std::int64_t> times, std::size_t bins);

struct BeaconScore {
  double timing = 0;  // dispersion_score of the intervals
  double size = 0;    // of the bytes sent; that of the timing where no sizes are known yet
  double histogram = 0;
  double median_interval = 0;  // in the unit of the times
  double median_size = 0;

  [[nodiscard]] double total() const { return (timing + size + histogram) / 3; }
};

// `times` rise, and there are at least four.
[[nodiscard]] BeaconScore beacon_score(std::span<const std::int64_t> times, std::span<const double> sizes);

}  // namespace vedette
