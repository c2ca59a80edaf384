// The detectors whose findings may be answered each in its own way (vedetted --respond DETECTOR=MODE).
#pragma once

#include <span>
#include <string_view>

namespace vedette {

// What findings have as `detector`, in their order of letters.
[[nodiscard]] std::span<const std::string_view> known_detectors();

}  // namespace vedette
