// Whether one set of values tends to be larger than another, whatever their distribution: Mann and Whitney's
// U ("On a test of whether one of two random variables is stochastically larger than the other", 1947).
#pragma once

#include <vector>

namespace vedette {

// The probability that chance alone makes `right` as much larger than `left` as it is, by the normal
// approximation with ties and continuity corrected; 1 of fewer than four values on either side, of which none
// convinces. No value may be NaN. O(n log n).
[[nodiscard]] double larger_by_chance(const std::vector<double>& left, const std::vector<double>& right);

}  // namespace vedette
