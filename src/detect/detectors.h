// The detectors there are: a new one is its own file and a line in detectors.cpp.
#pragma once

#include <memory>
#include <vector>

#include "detect/detector.h"
#include "detect/indicator_table.h"

namespace vedette {

// `indicators` outlives them, and may change between their calls; null: there are no feeds.
[[nodiscard]] std::vector<std::unique_ptr<Detector>> make_detectors(
    const Detector::Raise& raise, const std::shared_ptr<const IndicatorTable>& indicators);

}  // namespace vedette
