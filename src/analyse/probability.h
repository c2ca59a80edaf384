// How likely something is by chance alone.
#pragma once

namespace vedette {

// That a standard normal value is at least `deviations`.
[[nodiscard]] double normal_tail(double deviations);

// Which deviations a standard normal value stays below with probability `part` (0 < part < 1). Within 1e-9 of
// the true value (Acklam's rational approximation, one step of Halley's method behind it).
[[nodiscard]] double normal_quantile(double part);

// The natural logarithm of a bound on the probability that a Poisson count with the mean `expected` (> 0) is
// `seen` or more: Chernoff's, seen − expected − seen ln(seen / expected); 0 where no more was seen than
// expected. Sure for whatever small numbers, where the normal approximation isn't.
[[nodiscard]] double log_poisson_tail(double seen, double expected);

// The same of a part `seen` of `count` trials or a larger one, each of which succeeds with the probability
// `expected` (0 … 1).
[[nodiscard]] double log_binomial_tail(double seen, double expected, double count);

}  // namespace vedette
