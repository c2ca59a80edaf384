// A threshold that chance exceeds as seldom as it is asked to, from the largest value of each day before.
// Whatever the values are, the tail of their daily largest is near an exponential one (Gumbel, "Statistics of
// Extremes", 1958), and that of heavy bursts is on a logarithmic scale: drawn on from the upper third of the
// days (Weissman, "Estimation of parameters and large quantiles based on the k largest observations", JASA
// 1978), but for the two most extreme of them, which may be what is to be found: an outage, a holiday. As few
// days don't tell the tail's scale well, the threshold is where a new day lies beyond with the probability
// asked for given that (the predictive distribution, which is Lomax's): the fewer days, the higher.
#pragma once

#include <vector>

namespace vedette {

// What a day's largest value exceeds with the probability `a_day` (0 < a_day < 1), given those of days
// before; at least 2. Nothing is exceeded (infinity) of fewer than eight days.
[[nodiscard]] double rarely_exceeded(std::vector<double> daily_largest, double a_day);

}  // namespace vedette
