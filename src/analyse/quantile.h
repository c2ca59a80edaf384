// Order statistics: what is in the middle, and how far the rest lies from it, whatever a few wild values do.
#pragma once

#include <vector>

namespace vedette {

// The value below which `part` (0 … 1) of `values` lies, by linear interpolation between the nearest ranks
// (Hyndman and Fan 1996, type 7). 0 of no values; none may be NaN. O(n).
[[nodiscard]] double quantile_of(std::vector<double> values, double part);

[[nodiscard]] double median_of(std::vector<double> values);

// The median absolute deviation from `middle`, times 1.4826: of normal values their standard deviation
// (Rousseeuw and Croux 1993). Up to half of the values may be wild. 0 of no values.
[[nodiscard]] double deviation_of(std::vector<double> values, double middle);

}  // namespace vedette
